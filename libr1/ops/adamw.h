// The optimizer's work on flat ranges of parameters, where they are.
#pragma once

#include "kernels/adamw_bf16.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

// grad, m, v, w: [count], w the master copy; f32, or f64 on the CPU. With f32 the master may be
// bf16: it is rounded at random.
void adamw_update(const kernels::AdamWStep& step, const kernels::RandomRounding& rounding,
                  const TensorView& grad, const TensorView& m, const TensorView& v,
                  const TensorView& w, Stream stream);

// sum = sum of x^2, in an order fixed by x's size.   x: [count], f32, or f64 on the CPU
// blocks: [kernels::num_square_blocks(count) or more], f64, work space   sum: [1], f64
void sum_of_squares(const TensorView& x, const TensorView& blocks, const TensorView& sum,
                    Stream stream);

}  // namespace r1::ops
