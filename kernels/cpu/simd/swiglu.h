// Vector loops of swiglu.h over rows [0, rows).
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "libr1/core/types.h"

namespace r1::kernels::simd {

template <Isa I, class T>
void swiglu_forward(int64_t rows, int64_t cols, const T* gate_up, T* y);
template <Isa I, class T>
void swiglu_backward(int64_t rows, int64_t cols, const T* dy, const T* gate_up, T* dgate_up);

}  // namespace r1::kernels::simd
