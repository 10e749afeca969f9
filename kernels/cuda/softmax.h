// The online softmax of attention, and how parts of it are joined. In bf16 exponents are of 2, and
// so are the scores: they come multiplied by log2(e).
#pragma once

#include <type_traits>

#include "kernels/attention.h"
#include "kernels/cuda/math.h"

namespace r1::kernels {

template <class T>
__device__ __forceinline__ float power(float x) {
  if constexpr (std::is_same_v<T, Bf16>)
    return exponential_of_2(x);
  else
    return exponential(x);
}

// Of one query, over the keys so far.
struct Softmax {
  float largest = -__builtin_inff();
  float sum = 0;  // of power(score - largest)
};

// Makes room for scores up to `largest`; earlier sums are to be multiplied by what is returned.
template <class T>
__device__ __forceinline__ float raise(Softmax& state, float largest) {
  const float before = state.largest;
  state.largest = before > largest ? before : largest;
  return power<T>(before - state.largest);
}

struct JoinFactors {
  float before, part;
};

// Adds a part's sum; value sums are joined as fmaf(before, factors.before, part * factors.part).
template <class T>
__device__ __forceinline__ JoinFactors join(Softmax& total, const Softmax& part) {
  JoinFactors factors;
  factors.before = raise<T>(total, part.largest);
  factors.part = power<T>(part.largest - total.largest);
  total.sum = fmaf(total.sum, factors.before, part.sum * factors.part);
  return factors;
}

// The log of the sum of exponentiated scores.
template <class T>
__device__ __forceinline__ float log_sum(const Softmax& state) {
  constexpr double kLogOfBase = std::is_same_v<T, Bf16> ? 0.693147180559945309 : 1.0;
  return static_cast<float>(state.largest * kLogOfBase + log(static_cast<double>(state.sum)));
}

// scratch of one query and split: the sums of values, then largest and sum.
__device__ __forceinline__ float* split_scratch(const AttentionShape& shape, int64_t splits,
                                                int64_t row_head, int64_t split, float* scratch) {
  return scratch + (row_head * splits + split) * (shape.head_dim + 2);
}

}  // namespace r1::kernels
