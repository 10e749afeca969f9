// Both gradients of RMSNorm, as a model computes them.
#pragma once

#include "kernels/rmsnorm.h"

namespace r1::kernels {

// That by the weight first: dx may overwrite dy.
template <Device D, class T>
void rmsnorm_backward(const RmsNormShape& shape, const T* dy, const T* x, const T* w,
                      const Accumulator<T>* rstd, T* dx, bool accumulate, Accumulator<T>* dw,
                      Stream stream) {
  rmsnorm_backward_weight<D, T>(shape, dy, x, rstd, dw, stream);
  rmsnorm_backward_input<D, T>(shape, dy, x, w, rstd, dx, accumulate, stream);
}

}  // namespace r1::kernels
