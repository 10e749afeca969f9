// Vector loop of adamw.h.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"

namespace r1::kernels::simd {

// An AdamWStep with everything that does not depend on the element worked out.
struct AdamWCoefficients {
  float grad_scale = 1;
  float one_minus_beta1 = 0;
  float one_minus_beta2 = 0;
  float inverse_sqrt_correction2 = 1;  // 1 / sqrt(1 - beta2^step)
  float eps = 0;
  float step_size = 0;  // lr / (1 - beta1^step)
  float decay = 0;      // lr * weight_decay
};

template <Isa I>
void adamw_update(const AdamWCoefficients& c, int64_t count, const float* grad, float* m, float* v,
                  float* w);

}  // namespace r1::kernels::simd
