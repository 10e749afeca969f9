// y = w * x / rms(x) over each row, and its gradient (Zhang and Sennrich, 2019). Reads rows in T,
// sums in Accumulator<T>. The rows may be pieces of longer rows: that is how queries and keys
// inside a fused [tokens, (heads + 2 kv_heads) * head_dim] buffer are normalised per head.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

struct RmsNormShape {
  int64_t rows = 0;    // outer rows (tokens)
  int64_t pieces = 1;  // normalised pieces of a row (heads), next to each other
  int64_t cols = 0;    // elements of a piece
  int64_t stride = 0;  // from one outer row to the next in x, y, dy and dx; pieces * cols if dense
  double eps = 1e-6;
};

// x, y: [rows, pieces, cols] with stride; y may be x   w: [cols]   rstd: [rows, pieces]
template <Device D, class T>
void rmsnorm_forward(const RmsNormShape& shape, const T* x, const T* w, T* y, Accumulator<T>* rstd,
                     Stream stream);

// The gradient by the weight: dw is accumulated in row order, so micro-batches add up to the same
// bits. x is the input of the forward pass, here and below.
template <Device D, class T>
void rmsnorm_backward_weight(const RmsNormShape& shape, const T* dy, const T* x,
                             const Accumulator<T>* rstd, Accumulator<T>* dw, Stream stream);

// The gradient by the input: dx is written, or added to where `accumulate`. It may be dy, never x.
template <Device D, class T>
void rmsnorm_backward_input(const RmsNormShape& shape, const T* dy, const T* x, const T* w,
                            const Accumulator<T>* rstd, T* dx, bool accumulate, Stream stream);

}  // namespace r1::kernels
