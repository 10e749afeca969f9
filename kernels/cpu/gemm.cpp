// Threads and the choice of instruction set for products; f64 is in reference/gemm.cpp.
#include "kernels/gemm.h"

#include <algorithm>

#include "kernels/cpu/simd/gemm.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {
namespace {

using simd::GemmBlock;
using simd::kBlockRows;

// Below this many multiply-adds a second thread costs more than it gives.
constexpr int64_t kSerialWork = 200'000;

Stream stream_for(const GemmShape& shape, Stream stream) {
  return shape.m * shape.n * shape.k < kSerialWork ? Stream{} : stream;
}

// body(block) for every panel of `cols` columns and block of rows, on all threads.
template <class Body>
void for_each_block(int64_t rows, int64_t cols, int64_t panel, Stream stream, Body body) {
  const int64_t panels = (cols + panel - 1) / panel;
  const int64_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  parallel_for(stream, panels * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      // Rows first, so that a panel is read by consecutive blocks; rows are split evenly.
      const int64_t b = i % blocks;
      body(GemmBlock{i / blocks, rows * b / blocks, rows * (b + 1) / blocks});
    }
  });
}

template <Isa I, class T, class TOut>
void forward(const GemmShape& shape, const T* x, const T* packed, const T* bias, TOut* y,
             int64_t y_stride, Stream stream) {
  const int64_t panel = simd::panel_cols<I>();
  if (shape.m <= 3) {
    const int64_t panels = (shape.n + panel - 1) / panel;
    parallel_for(stream, panels, std::max<int64_t>(4, (panels / 8 + 3) / 4 * 4),
                 [&](int64_t begin, int64_t end) {
                   simd::forward_few_rows<I, T, TOut>(shape, begin, end, x, packed, bias, y,
                                                      y_stride);
                 });
    return;
  }
  for_each_block(shape.m, shape.n, panel, stream, [&](const GemmBlock& block) {
    simd::forward_block<I, T, TOut>(shape, block, x, packed, bias, y, y_stride);
  });
}

}  // namespace

template <Device D, class T>
int64_t packed_weight_size(int64_t n, int64_t k) {
  return on_isa([&]<Isa I>() {
    const int64_t panel = simd::panel_cols<I>();
    return (n + panel - 1) / panel * simd::packed_panel_size<I, T>(k);
  });
}

template <Device D, class T>
void pack_weight(int64_t n, int64_t k, const T* w, T* packed, Stream stream) {
  on_isa([&]<Isa I>() {
    const int64_t panels = (n + simd::panel_cols<I>() - 1) / simd::panel_cols<I>();
    parallel_for(stream, panels, std::max<int64_t>(1, 4096 / std::max<int64_t>(k, 1)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t panel = begin; panel < end; ++panel)
                     simd::pack_weight_panel<I, T>(n, k, panel, w, packed);
                 });
  });
}

template <Device D, class T, class TOut>
void matmul_forward(const GemmShape& shape, const T* x, const T* packed, const T* bias, TOut* y,
                    int64_t y_stride, Stream stream) {
  on_isa([&]<Isa I>() {
    forward<I, T, TOut>(shape, x, packed, bias, y, y_stride, stream_for(shape, stream));
  });
}

template <Device D, class T>
void matmul_backward_input(const GemmShape& shape, const T* dy, const T* w, T* dx, Stream stream) {
  on_isa([&]<Isa I>() {
    for_each_block(
        shape.m, shape.k, simd::panel_cols<I>(), stream_for(shape, stream),
        [&](const GemmBlock& block) { simd::backward_input_block<I, T>(shape, block, dy, w, dx); });
  });
}

template <Device D, class T>
void matmul_backward_weight(const GemmShape& shape, const T* dy, const T* x, Accumulator<T>* dw,
                            Stream stream) {
  on_isa([&]<Isa I>() {
    for_each_block(shape.n, shape.k, simd::panel_cols<I>(), stream_for(shape, stream),
                   [&](const GemmBlock& block) {
                     simd::backward_weight_block<I, T>(shape, block, dy, x, dw);
                   });
  });
}

template <Device D, class T>
void bias_backward(const GemmShape& shape, const T* dy, Accumulator<T>* dbias, Stream stream) {
  on_isa([&]<Isa I>() {
    parallel_for(stream_for({shape.m, shape.n, 1}, stream), shape.n, 64,
                 [&](int64_t begin, int64_t end) {
                   simd::bias_backward<I, T>(shape, begin, end, dy, dbias);
                 });
  });
}

#define R1_INSTANTIATE(T)                                                                          \
  template int64_t packed_weight_size<Device::kCpu, T>(int64_t, int64_t);                          \
  template void pack_weight<Device::kCpu, T>(int64_t, int64_t, const T*, T*, Stream);              \
  template void matmul_forward<Device::kCpu, T, T>(const GemmShape&, const T*, const T*, const T*, \
                                                   T*, int64_t, Stream);                           \
  template void matmul_backward_input<Device::kCpu, T>(const GemmShape&, const T*, const T*, T*,   \
                                                       Stream);                                    \
  template void matmul_backward_weight<Device::kCpu, T>(const GemmShape&, const T*, const T*,      \
                                                        float*, Stream);                           \
  template void bias_backward<Device::kCpu, T>(const GemmShape&, const T*, float*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
template void matmul_forward<Device::kCpu, Bf16, float>(const GemmShape&, const Bf16*, const Bf16*,
                                                        const Bf16*, float*, int64_t, Stream);

}  // namespace r1::kernels
