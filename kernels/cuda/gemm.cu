// The products of gemm.h as one kind of product (gemm_tile.h), and that in float.
#include "kernels/gemm.h"

#include "kernels/cuda/columns.h"
#include "kernels/cuda/gemm_tile.h"
#include "kernels/elementwise.h"

namespace r1::kernels {
namespace {

constexpr int kTile = 64;     // rows and columns of a block
constexpr int kTileSum = 16;  // of the summed dimension at a time
constexpr int kSide = 16;     // threads a side; each has 4 x 4 elements, kSide apart
constexpr int kOwn = kTile / kSide;
constexpr int kThreads = kSide * kSide;
constexpr int64_t kPitch = kTile + 1;

// Elements [first, first + kTile) x [at, at + kTileSum) of a factor to [kTileSum, kPitch], zero
// outside. Neighbouring threads read neighbouring elements.
__device__ void load_tile(const Factor<float>& factor, int64_t first, int64_t at, int64_t sum_size,
                          SharedArray<float> to) {
  const bool by_row = factor.sum_stride == 1;
  for (int e = static_cast<int>(threadIdx.x); e < kTile * kTileSum; e += kThreads) {
    const int row = by_row ? e / kTileSum : e % kTile;
    const int s = by_row ? e % kTileSum : e / kTile;
    const bool inside = first + row < factor.rows && at + s < sum_size;
    to[s * kPitch + row] =
        inside ? factor.data[(first + row) * factor.row_stride + (at + s) * factor.sum_stride]
               : 0.0f;
  }
}

// A block a tile of the result.
__global__ void multiply_tile(Factor<float> a, Factor<float> b, int64_t sum_size,
                              Outcome<float, float> out) {
  const SharedArray<float> tile_a = shared_array<float>(0);
  const SharedArray<float> tile_b = tile_a + kTileSum * kPitch;
  const int64_t first_row = static_cast<int64_t>(blockIdx.x) * kTile;
  const int64_t first_col = static_cast<int64_t>(blockIdx.y) * kTile;
  const int down = static_cast<int>(threadIdx.x) / kSide;
  const int right = static_cast<int>(threadIdx.x) % kSide;
  float sums[kOwn][kOwn] = {};
  const auto for_own = [&](auto body) {
#pragma unroll
    for (int i = 0; i < kOwn; ++i)
#pragma unroll
      for (int j = 0; j < kOwn; ++j) {
        const int64_t row = first_row + down + i * kSide, col = first_col + right + j * kSide;
        if (row < a.rows && col < b.rows) body(sums[i][j], row, col);
      }
  };
  if (out.start)
    for_own([&](float& sum, int64_t row, int64_t col) { sum = out.data[row * out.stride + col]; });
  for (int64_t at = 0; at < sum_size; at += kTileSum) {
    load_tile(a, first_row, at, sum_size, tile_a);
    load_tile(b, first_col, at, sum_size, tile_b);
    __syncthreads();
    const int64_t left = sum_size - at;
    for (int s = 0; s < (left < kTileSum ? left : kTileSum); ++s)
#pragma unroll
      for (int i = 0; i < kOwn; ++i)
#pragma unroll
        for (int j = 0; j < kOwn; ++j)
          sums[i][j] = fmaf(tile_a[s * kPitch + down + i * kSide],
                            tile_b[s * kPitch + right + j * kSide], sums[i][j]);
    __syncthreads();
  }
  for_own([&](float& sum, int64_t row, int64_t col) { finish(out, row, col, sum); });
}

template <class T>
__global__ void __launch_bounds__(kMostColumnThreads)
    add_bias_rows(GemmShape shape, const T* dy, float* dbias) {
  const auto factors_of = [&](int64_t row, int64_t col) {
    return Factors{widen(dy[row * shape.n + col]), 1.0f};
  };
  add_columns(shape.m, shape.n, factors_of, dbias);
}

}  // namespace

void multiply(const char* name, const Factor<float>& a, const Factor<float>& b, int64_t sum_size,
              const Outcome<float, float>& out, Stream stream) {
  launch(name, multiply_tile, {ceil_div(a.rows, kTile), ceil_div(b.rows, kTile)}, kThreads,
         2 * kTileSum * kPitch * sizeof(float), stream, a, b, sum_size, out);
}

template <Device D, class T, class TOut>
void matmul_forward(const GemmShape& shape, const T* x, const T* packed, const T* bias, TOut* y,
                    int64_t y_stride, Stream stream) {
  multiply("matmul_forward", by_rows(x, shape.m, shape.k), by_rows(packed, shape.n, shape.k),
           shape.k, Outcome<T, TOut>{y, y_stride, bias, false}, stream);
}

template <Device D, class T>
void matmul_forward_add(const GemmShape& shape, const T* x, const T* w, const T* bias,
                        const T* residual, T* y, Stream stream) {
  multiply("matmul_forward_add", by_rows(x, shape.m, shape.k), by_rows(w, shape.n, shape.k),
           shape.k, Outcome<T, T>{y, shape.n, bias, false, residual}, stream);
}

template <Device D, class T>
void matmul_backward_input(const GemmShape& shape, const T* dy, const T* w, T* dx, Stream stream) {
  multiply("matmul_backward_input", by_rows(dy, shape.m, shape.n), by_columns(w, shape.k), shape.n,
           Outcome<T, T>{dx, shape.k, nullptr, false}, stream);
}

template <Device D, class T>
void matmul_backward_weight(const GemmShape& shape, const T* dy, const T* x, Accumulator<T>* dw,
                            Stream stream) {
  multiply("matmul_backward_weight", by_columns(dy, shape.n), by_columns(x, shape.k), shape.m,
           Outcome<T, float>{dw, shape.k, nullptr, true}, stream);
}

template <Device D, class T>
void bias_backward(const GemmShape& shape, const T* dy, Accumulator<T>* dbias, Stream stream) {
  const ColumnLaunch columns(shape.m, shape.n);
  launch("bias_backward", add_bias_rows<T>, columns.grid, columns.num_threads, columns.shared_bytes,
         stream, shape, dy, dbias);
}

#define R1_INSTANTIATE(T)                                                                         \
  template void matmul_forward<Device::kCuda, T, T>(const GemmShape&, const T*, const T*,         \
                                                    const T*, T*, int64_t, Stream);               \
  template void matmul_forward_add<Device::kCuda, T>(const GemmShape&, const T*, const T*,        \
                                                     const T*, const T*, T*, Stream);             \
  template void matmul_backward_input<Device::kCuda, T>(const GemmShape&, const T*, const T*, T*, \
                                                        Stream);                                  \
  template void matmul_backward_weight<Device::kCuda, T>(const GemmShape&, const T*, const T*,    \
                                                         float*, Stream);                         \
  template void bias_backward<Device::kCuda, T>(const GemmShape&, const T*, float*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE
template void matmul_forward<Device::kCuda, Bf16, float>(const GemmShape&, const Bf16*, const Bf16*,
                                                         const Bf16*, float*, int64_t, Stream);

}  // namespace r1::kernels
