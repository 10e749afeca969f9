// RMSNorm over the last dim, or over each of several pieces of a row (per-head norms).
#pragma once

#include "libr1/tensor/tensor.h"

namespace r1::ops {

// Which elements of a row are normalised: `pieces` vectors of w's length, starting at `first`.
struct NormPieces {
  int64_t first = 0;
  int64_t pieces = 1;
};

// x, y: [rows, cols], y may be x   w: [piece]   rstd: [rows, pieces]
void rmsnorm_forward(const TensorView& x, const TensorView& w, double eps, NormPieces part,
                     const TensorView& y, const TensorView& rstd, Stream stream);

// Given dy, the gradient by y, and the x of the forward pass.
// dw: [piece], accumulated in the order of rows
void rmsnorm_backward_weight(const TensorView& dy, const TensorView& x, const TensorView& rstd,
                             NormPieces part, const TensorView& dw, Stream stream);
// dx: [rows, cols], written or, where `accumulate`, added to; may be dy
void rmsnorm_backward_input(const TensorView& dy, const TensorView& x, const TensorView& w,
                            const TensorView& rstd, NormPieces part, const TensorView& dx,
                            bool accumulate, Stream stream);

}  // namespace r1::ops
