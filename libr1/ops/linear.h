// y = x w^T + b and its gradient.
#pragma once

#include "libr1/tensor/tensor.h"

namespace r1::ops {

// A weight as products use it. Views; the owner keeps them in step with the master copy.
struct LinearWeight {
  TensorView weight;  // [out, in]
  TensorView packed;  // [packed_weight_size], see kernels/gemm.h
  TensorView bias;    // [out], or no bytes
};

// Elements that `packed` takes for a weight [out, in]; none on a GPU, which takes it as it is.
int64_t packed_size(int64_t out, int64_t in, Dtype dtype, Device device);
void pack(const LinearWeight& linear, Stream stream);

// x: [rows, in]   y: [rows, out], of x's dtype or (logits) of its accumulator's
void linear_forward(const TensorView& x, const LinearWeight& linear, const TensorView& y,
                    Stream stream);

// y = residual + (x w^T + b), each rounded.   residual: like y
void linear_forward_add(const TensorView& x, const LinearWeight& linear, const TensorView& residual,
                        const TensorView& y, Stream stream);

// dx = dy w: [rows, in], written
void linear_backward_input(const TensorView& dy, const LinearWeight& linear, const TensorView& dx,
                           Stream stream);

// dweight [out, in] += dy^T x; dbias [out] += sum of dy's rows, when it has bytes
void linear_backward_weight(const TensorView& dy, const TensorView& x, const TensorView& dweight,
                            const TensorView& dbias, Stream stream);

}  // namespace r1::ops
