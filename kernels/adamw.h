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

}  // namespace r1::kernels
