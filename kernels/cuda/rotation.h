// The rotation of one pair of elements of a head.
#pragma once

#include "kernels/cuda/math.h"
#include "kernels/rope.h"

namespace r1::kernels {

struct RopePair {
  int64_t first, second;  // elements of the head
};

__device__ __forceinline__ RopePair rope_pair(RopePairs pairs, int64_t i, int64_t head_dim) {
  if (pairs == RopePairs::kHalfSplit) return {i, i + head_dim / 2};
  return {2 * i, 2 * i + 1};
}

// Rotates a and b in place by the angle of (c, s), rounded in the CPU's order, which differs
// between the two layouts.
template <class T>
__device__ __forceinline__ void rotate_pair(RopePairs pairs, float c, float s, T& a, T& b) {
  const bool split = pairs == RopePairs::kHalfSplit;
  const float x = widen(a), y = widen(b);
  a = narrow<T>(split ? fmaf(-y, s, x * c) : fmaf(x, c, -(y * s)));
  b = narrow<T>(split ? fmaf(x, s, y * c) : fmaf(y, c, x * s));
}

}  // namespace r1::kernels
