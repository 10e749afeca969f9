// Vector loops of sampling.h over one row.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"

namespace r1::kernels::simd {

// The last kept token, in the order of larger logits first, then lower ids.
struct SamplingBorder {
  float logit = 0;
  int32_t id = INT32_MAX;
};

// The largest logit; NaN when the row holds NaN.
template <Isa I>
float largest_logit(int64_t count, const float* logits);

// weights = e^((logits - top) / temperature). Returns their sum, lane by lane in float: for blocks.
template <Isa I>
float sampling_weights(int64_t count, const float* logits, float top, float temperature,
                       float* weights);

template <Isa I>
float sum_weights(int64_t count, const float* weights);

// Makes the weights of tokens after the border 0.
template <Isa I>
void drop_weights(int64_t count, const float* logits, const SamplingBorder& border, float* weights);

// How many logits are at least `cut`, and the sum of their weights.
struct SamplingTail {
  int64_t count = 0;
  double mass = 0;
};
template <Isa I>
SamplingTail logits_from(int64_t count, const float* logits, const float* weights, float cut);

// Ids of the logits of at least `cut` whose weight is not 0, in order. Returns how many.
template <Isa I>
int64_t ids_from(int64_t count, const float* logits, const float* weights, float cut, int32_t* ids);

}  // namespace r1::kernels::simd
