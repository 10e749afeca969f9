// What the product kernels share: c[row, col] = sum over s of a(row, s) b(col, s), s in order.
#pragma once

#include "kernels/cuda/math.h"
#include "kernels/product_library.h"

namespace r1::kernels {

template <class T>
Factor<T> by_rows(const T* data, int64_t rows, int64_t sum_size) {
  return {data, rows, sum_size, 1};
}
template <class T>
Factor<T> by_columns(const T* data, int64_t rows) {
  return {data, rows, 1, rows};
}

// What becomes of the sums. Where `start` is set, sums go on from c instead of from 0.
template <class T, class TOut>
struct Outcome {
  TOut* data = nullptr;  // [a.rows, b.rows], rows `stride` apart
  int64_t stride = 0;
  const T* bias = nullptr;  // [b.rows] or nullptr, added to the finished sum
  bool start = false;
  const TOut* residual = nullptr;  // like data, or nullptr: added to the rounded result
};

template <class T, class TOut>
__device__ __forceinline__ void finish(const Outcome<T, TOut>& out, int64_t row, int64_t col,
                                       float sum) {
  if (out.bias) sum = sum + widen(out.bias[col]);
  const int64_t at = row * out.stride + col;
  if (out.residual) sum = widen(out.residual[at]) + widen(narrow<TOut>(sum));
  out.data[at] = narrow<TOut>(sum);
}

template <class T, class TOut>
__device__ __forceinline__ void finish_pair(const Outcome<T, TOut>& out, int64_t row, int64_t col,
                                            int64_t cols, float sum, float next) {
  if (out.bias) sum = sum + widen(out.bias[col]);
  if (out.bias && col + 1 < cols) next = next + widen(out.bias[col + 1]);
  if (out.residual) {
    const TOut* residual = out.residual + row * out.stride + col;
    sum = widen(residual[0]) + widen(narrow<TOut>(sum));
    if (col + 1 < cols) next = widen(residual[1]) + widen(narrow<TOut>(next));
  }
  store_pair(out.data + row * out.stride, col, cols, sum, next);
}

// The tensor-core product in bf16: gemm_mma.cu.
template <class TOut>
void multiply(const char* name, const Factor<Bf16>& a, const Factor<Bf16>& b, int64_t sum_size,
              const Outcome<Bf16, TOut>& out, Stream stream);
// In float: one chain of fused multiply-adds an element, the CPU's bits.
void multiply(const char* name, const Factor<float>& a, const Factor<float>& b, int64_t sum_size,
              const Outcome<float, float>& out, Stream stream);

}  // namespace r1::kernels
