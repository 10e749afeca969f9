// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): random
// numbers as a function of a counter, so a sample is the same whoever draws it, whenever.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace r1 {

constexpr std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter,
                                             std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t left = uint64_t{0xD2511F53u} * counter[0];
    const uint64_t right = uint64_t{0xCD9E8D57u} * counter[2];
    counter = {
        static_cast<uint32_t>(right >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(right),
        static_cast<uint32_t>(left >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(left)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

// A stream of draws named by what they are for. Draws of different names or coordinates are
// independent; the same ones are equal on every rank, thread and device.
class Random {
 public:
  // `purpose` keeps uses apart that share a seed: "rollout", "shuffle", "init", ...
  Random(uint64_t seed, std::string_view purpose);
  // Of philox4x32, for kernels that draw at coordinates of their own.
  std::array<uint32_t, 2> key() const { return key_; }

  // The draw at coordinates such as (step, question, sample, position).
  uint64_t bits(uint32_t a, uint32_t b = 0, uint32_t c = 0, uint32_t d = 0) const;
  // In [0, 1), 24 bits: exact in float, so host and device agree.
  float uniform(uint32_t a, uint32_t b = 0, uint32_t c = 0, uint32_t d = 0) const;
  // In [0, bound), without modulo bias worth noticing (64-bit multiply-shift). bound > 0.
  uint64_t below(uint64_t bound, uint32_t a, uint32_t b = 0, uint32_t c = 0, uint32_t d = 0) const;
  // Standard normal (Box-Muller in double).
  double normal(uint32_t a, uint32_t b = 0, uint32_t c = 0, uint32_t d = 0) const;
  // A permutation of 0 .. count-1 (Fisher-Yates) for coordinates (a, b).
  std::vector<int64_t> permutation(int64_t count, uint32_t a, uint32_t b = 0) const;

 private:
  std::array<uint32_t, 2> key_;
};

}  // namespace r1
