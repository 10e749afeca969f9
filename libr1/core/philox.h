// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): random
// numbers as a function of a counter, so a sample is the same whoever draws it, whenever.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace r1 {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

// A stream of draws named by what they are for. Draws of different names or coordinates are
// independent; the same ones are equal on every rank, thread and device.
class Random {
 public:
  // `purpose` keeps uses apart that share a seed: "rollout", "shuffle", "init", ...
  Random(uint64_t seed, std::string_view purpose);

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
