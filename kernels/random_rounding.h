// Stochastic rounding (Gupta et al., 2015): a value between two numbers of bf16 becomes the upper
// one with a probability as large as its distance from the lower. Its mean is the value, so updates
// of less than half a step are not lost, as they are by rounding to the nearest.
#pragma once

#include "libr1/core/philox.h"
#include "libr1/core/types.h"

namespace r1::kernels {

// Draws are a function of what is rounded: the same whoever updates the element.
struct RandomRounding {
  std::array<uint32_t, 2> key = {};  // of a Random
  uint32_t param = 0;                // which parameter, in the order of its table
  int64_t first = 0;                 // the first element's place in it
};

// Elements [8 group, 8 group + 8) of a parameter draw together, 16 bits each.
inline constexpr int kRoundedTogether = 8;
constexpr std::array<uint32_t, 4> rounding_draws(const RandomRounding& rounding, int64_t step,
                                                 int64_t group) {
  return philox4x32({static_cast<uint32_t>(group), static_cast<uint32_t>(group >> 32),
                     rounding.param, static_cast<uint32_t>(step)},
                    rounding.key);
}

// draws: those of the element's group, in which it is at `idx`. What is no finite number stays what
// it is.
constexpr Bf16 round_at_random(float x, const std::array<uint32_t, 4>& draws, int idx) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7f800000u) == 0x7f800000u) return to_bf16(x);
  const uint32_t draw = draws[static_cast<size_t>(idx / 2)] >> (idx % 2 * 16) & 0xffffu;
  return {static_cast<uint16_t>((bits + draw) >> 16)};
}

}  // namespace r1::kernels
