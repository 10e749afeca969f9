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

struct RmsNormGradient {
  TensorView dx;            // [rows, cols]; may be dy
  bool accumulate = false;  // add to dx instead of writing it
  TensorView dw;            // [piece], accumulated
};
void rmsnorm_backward(const TensorView& dy, const TensorView& x, const TensorView& w,
                      const TensorView& rstd, NormPieces part, const RmsNormGradient& gradient,
                      Stream stream);

}  // namespace r1::ops
