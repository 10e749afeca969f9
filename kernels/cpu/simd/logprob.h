// Vector loops of logprob.h over one row.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "libr1/core/types.h"

namespace r1::kernels::simd {

// With z = scale * logits and d = z - max(z).
struct LogprobSums {
  float max = 0;          // of z
  double sum = 0;         // of e^d
  double d_weighted = 0;  // sum of d e^d
};

template <Isa I>
LogprobSums logprob_sums(int64_t vocab, float scale, const float* logits);

// dlogits[j] = coefficient * ((j == target) - e^(scale * logits[j] - lse)); target -1: none of them
struct LogprobGrad {
  float scale = 1;
  float lse = 0;
  float coefficient = 0;
  int64_t target = 0;
};

template <Isa I, class T>
void logprob_backward_row(int64_t vocab, const LogprobGrad& grad, const float* logits, T* dlogits);

}  // namespace r1::kernels::simd
