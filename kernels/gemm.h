// The products of a transformer with a weight w [n, k] (out features, in features), as stored in
// checkpoints. Batch-invariant: every element of a result is one chain of multiply-adds whose order
// is fixed by the summed dimension alone, so a row's result does not depend on the other rows, and
// a gradient accumulated over several calls equals the one of a single call with their rows
// concatenated (bf16: while every call but the last has an even number of rows, on a GPU a multiple
// of 16). No alignment is needed and any size is allowed; sizes that are multiples of 32 are the
// fastest. Defined in kernels/cpu/gemm.cpp, kernels/cpu/reference/gemm.cpp (f64) and
// kernels/cuda/gemm.cu.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

struct GemmShape {
  int64_t m = 0;  // rows (tokens)
  int64_t n = 0;  // out features
  int64_t k = 0;  // in features
};

// Elements of T that the packed form of a weight [n, k] takes. kCpu: on kCuda matmul_forward takes
// the weight itself as `packed`, for tiles are laid out when they are loaded.
template <Device D, class T>
int64_t packed_weight_size(int64_t n, int64_t k);

// kCpu: rearranges w [n, k] for matmul_forward. packed: packed_weight_size(n, k) elements, 64-byte
// aligned.
template <Device D, class T>
void pack_weight(int64_t n, int64_t k, const T* w, T* packed, Stream stream);

// y = x w^T + bias      x: [m, k]   bias: [n] or nullptr   y: [m, n], rows y_stride apart.
// TOut is T, or Accumulator<T> for logits.
template <Device D, class T, class TOut>
void matmul_forward(const GemmShape& shape, const T* x, const T* packed, const T* bias, TOut* y,
                    int64_t y_stride, Stream stream);

// kCuda: the same into y = residual + (x w^T + bias), both sums rounded to T, as by add_in_place. y
// and residual: [m, n], dense, and not the same
template <Device D, class T>
void matmul_forward_add(const GemmShape& shape, const T* x, const T* w, const T* bias,
                        const T* residual, T* y, Stream stream);

// dx = dy w             dy: [m, n]   w: [n, k], not packed   dx: [m, k]
template <Device D, class T>
void matmul_backward_input(const GemmShape& shape, const T* dy, const T* w, T* dx, Stream stream);

// dw += dy^T x          dy: [m, n]   x: [m, k]   dw: [n, k]
template <Device D, class T>
void matmul_backward_weight(const GemmShape& shape, const T* dy, const T* x, Accumulator<T>* dw,
                            Stream stream);

// dbias += sum over rows of dy, in row order      dy: [m, n]   dbias: [n]
template <Device D, class T>
void bias_backward(const GemmShape& shape, const T* dy, Accumulator<T>* dbias, Stream stream);

}  // namespace r1::kernels
