#include "libr1/core/philox.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace r1 {

Random::Random(uint64_t seed, std::string_view purpose) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a: fixed for ever, unlike std::hash
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  const auto mixed =
      philox4x32({static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32), 0, 0},
                 {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  key_ = {mixed[0], mixed[1]};
}

uint64_t Random::bits(uint32_t a, uint32_t b, uint32_t c, uint32_t d) const {
  const auto draw = philox4x32({a, b, c, d}, key_);
  return uint64_t{draw[1]} << 32 | draw[0];
}

float Random::uniform(uint32_t a, uint32_t b, uint32_t c, uint32_t d) const {
  return static_cast<float>(bits(a, b, c, d) >> 40) * 0x1p-24f;
}

uint64_t Random::below(uint64_t bound, uint32_t a, uint32_t b, uint32_t c, uint32_t d) const {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(bits(a, b, c, d)) * bound) >> 64);
}

double Random::normal(uint32_t a, uint32_t b, uint32_t c, uint32_t d) const {
  const uint64_t draw = bits(a, b, c, d);
  const double u = (static_cast<double>(draw & 0xffffffffu) + 0.5) * 0x1p-32;
  const double v = (static_cast<double>(draw >> 32) + 0.5) * 0x1p-32;
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::vector<int64_t> Random::permutation(int64_t count, uint32_t a, uint32_t b) const {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    const uint64_t j = below(static_cast<uint64_t>(i) + 1, static_cast<uint32_t>(i),
                             static_cast<uint32_t>(i >> 32), a, b);
    std::swap(order[static_cast<size_t>(i)], order[j]);
  }
  return order;
}

}  // namespace r1
