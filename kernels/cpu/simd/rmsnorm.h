// Vector loops of rmsnorm.h.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "kernels/rmsnorm.h"

namespace r1::kernels::simd {

// Outer rows [begin, end).
template <Isa I, class T>
void rmsnorm_forward(const RmsNormShape& shape, int64_t begin, int64_t end, const T* x, const T* w,
                     T* y, float* rstd);

// What one outer row needs of rmsnorm_backward_input's arguments.
template <class T>
struct RmsNormGrad {
  const T* dy = nullptr;
  const T* x = nullptr;
  const T* w = nullptr;
  const float* rstd = nullptr;
  T* dx = nullptr;
  bool accumulate = false;
};

// dx of outer rows [begin, end).
template <Isa I, class T>
void rmsnorm_backward_input(const RmsNormShape& shape, int64_t begin, int64_t end,
                            const RmsNormGrad<T>& grad);

// dw[begin, end) over all rows, one after another.
template <Isa I, class T>
void rmsnorm_backward_weight(const RmsNormShape& shape, int64_t begin, int64_t end, const T* dy,
                             const T* x, const float* rstd, float* dw);

}  // namespace r1::kernels::simd
