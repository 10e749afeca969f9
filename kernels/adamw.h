// AdamW (Loshchilov and Hutter, 2019) over a flat range of parameters.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

struct AdamWStep {
  int64_t step = 1;  // counted from 1, for the bias corrections
  double lr = 0;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0;  // decoupled: w -= lr * weight_decay * w
  double grad_scale = 1;    // multiplies the gradient first (clipping)
};

// grad, m, v, w: [count], w the master copy; A is float or double.
template <Device D, class A>
void adamw_update(const AdamWStep& step, int64_t count, const A* grad, A* m, A* v, A* w,
                  Stream stream);

// What of an AdamWStep does not depend on the element, for back ends that compute in float.
struct AdamWCoefficients {
  float grad_scale = 1;
  float one_minus_beta1 = 0;
  float one_minus_beta2 = 0;
  float inverse_sqrt_correction2 = 1;  // 1 / sqrt(1 - beta2^step)
  float eps = 0;
  float step_size = 0;  // lr / (1 - beta1^step)
  float decay = 0;      // lr * weight_decay
};

AdamWCoefficients adamw_coefficients(const AdamWStep& step);

}  // namespace r1::kernels
