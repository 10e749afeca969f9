// y = silu(gate) * up (Shazeer, 2020) and its gradient.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// gate_up: [rows, 2 * cols], gate first   y: [rows, cols]
template <Device D, class T>
void swiglu_forward(int64_t rows, int64_t cols, const T* gate_up, T* y, Stream stream);

// dgate_up is written; it may be gate_up.   dy: [rows, cols]
template <Device D, class T>
void swiglu_backward(int64_t rows, int64_t cols, const T* dy, const T* gate_up, T* dgate_up,
                     Stream stream);

}  // namespace r1::kernels
