#include "kernels/cpu/simd/gemm.h"

#include "kernels/cpu/simd/tile.h"

namespace r1::kernels::simd {
namespace {

constexpr int64_t kBlockK = 256;  // a packed block of b stays in the first-level cache

R1_INLINE int64_t min_of(int64_t a, int64_t b) { return a < b ? a : b; }

// y[0, cols) = c + bias, in TOut
template <class T, class TOut>
void store_row(int64_t cols, const float* c, const T* bias, TOut* y) {
  for (int j = 0; j < 2; ++j) {
    const Mask m = first_lanes(cols - j * kLanes);
    Vec value = load(c + j * kLanes);
    if (bias) value = add(value, load(bias + j * kLanes, m));
    store(y + j * kLanes, value, m);
  }
}

}  // namespace

template <Isa I>
int64_t panel_cols() {
  return kPanel;
}

template <Isa I, class T>
int64_t packed_panel_size(int64_t k) {
  constexpr int64_t kStep = Dot<T>::kStep;
  return (k + kStep - 1) / kStep * kStep * kPanel;
}

template <Isa I, class T>
void pack_weight_panel(int64_t n, int64_t k, int64_t panel, const T* w, T* packed) {
  constexpr int kStep = Dot<T>::kStep;
  T* out = packed + panel * packed_panel_size<I, T>(k);
  for (int64_t i = 0; i < k; i += kStep)
    for (int64_t j = 0; j < kPanel; ++j)
      for (int64_t s = 0; s < kStep; ++s) {
        const int64_t row = panel * kPanel + j;
        *out++ = row < n && i + s < k ? w[row * k + i + s] : T{};
      }
}

template <Isa I, class T, class TOut>
void forward_block(const GemmShape& shape, const GemmBlock& block, const T* x, const T* packed,
                   const T* bias, TOut* y, int64_t y_stride) {
  alignas(64) float c[kBlockRows * kPanel];
  const int64_t rows = block.row_end - block.row_begin, first = block.panel * kPanel;
  for (int64_t i = 0; i < rows * kPanel; i += kLanes) store(c + i, zero());
  const T* b = packed + block.panel * packed_panel_size<I, T>(shape.k);
  for (int64_t k = 0; k < shape.k; k += kBlockK)
    block_rows<T>(rows, {min_of(kBlockK, shape.k - k), x + block.row_begin * shape.k + k, shape.k,
                         Dot<T>::kStep, b + k * kPanel, 0, c, kPanel});
  for (int64_t i = 0; i < rows; ++i)
    store_row(shape.n - first, c + i * kPanel, bias ? bias + first : nullptr,
              y + (block.row_begin + i) * y_stride + first);
}

template <Isa I, class T, class TOut>
void forward_few_rows(const GemmShape& shape, int64_t panel, int64_t panel_end, const T* x,
                      const T* packed, const T* bias, TOut* y, int64_t y_stride) {
  constexpr int kGroup = kIsa == Isa::kAvx512 ? 4 : 2;  // panels side by side hide the latency
  constexpr int64_t kCols = kGroup * kPanel;
  const int64_t size = packed_panel_size<I, T>(shape.k);
  for (; panel < panel_end; panel += kGroup) {
    const int64_t panels = min_of(kGroup, panel_end - panel);
    alignas(64) float c[3 * kCols] = {};
    const TileOperands<T> all{shape.k, x, shape.k, Dot<T>::kStep, packed + panel * size,
                              size,    c, kCols};
    if (panels == kGroup) {
      if (shape.m == 1) tile<1, kGroup>(all);
      if (shape.m == 2) tile<2, kGroup>(all);
      if (shape.m == 3) tile<3, kGroup>(all);
    } else {
      for (int64_t p = 0; p < panels; ++p) {
        TileOperands<T> one = all;
        one.b += p * size;
        one.c += p * kPanel;
        tile_rows<T, 3>(shape.m, one);
      }
    }
    for (int64_t i = 0; i < shape.m; ++i)
      for (int64_t p = 0; p < panels; ++p) {
        const int64_t first = (panel + p) * kPanel;
        store_row(shape.n - first, c + i * kCols + p * kPanel, bias ? bias + first : nullptr,
                  y + i * y_stride + first);
      }
  }
}

template <Isa I, class T>
void backward_input_block(const GemmShape& shape, const GemmBlock& block, const T* dy, const T* w,
                          T* dx) {
  alignas(64) float c[kBlockRows * kPanel];
  alignas(64) T b[kBlockK * kPanel];
  const int64_t rows = block.row_end - block.row_begin, first = block.panel * kPanel;
  for (int64_t i = 0; i < rows * kPanel; i += kLanes) store(c + i, zero());
  for (int64_t n = 0; n < shape.n; n += kBlockK) {
    const int64_t count = min_of(kBlockK, shape.n - n);
    pack_panel(count, shape.k - first, w + n * shape.k + first, shape.k, b);
    block_rows<T>(
        rows, {count, dy + block.row_begin * shape.n + n, shape.n, Dot<T>::kStep, b, 0, c, kPanel});
  }
  for (int64_t i = 0; i < rows; ++i)
    store_row<T, T>(shape.k - first, c + i * kPanel, nullptr,
                    dx + (block.row_begin + i) * shape.k + first);
}

template <Isa I, class T>
void backward_weight_block(const GemmShape& shape, const GemmBlock& block, const T* dy, const T* x,
                           float* dw) {
  constexpr int64_t kStep = Dot<T>::kStep;
  alignas(64) float c[kBlockRows * kPanel];
  alignas(64) T a[kBlockK * kBlockRows];  // [m / kStep][pitch][kStep]
  alignas(64) T b[kBlockK * kPanel];
  const int64_t rows = block.row_end - block.row_begin, first = block.panel * kPanel;
  const int64_t pitch = (rows + kLanes - 1) / kLanes * kLanes;
  const Mask low = first_lanes(shape.k - first), high = first_lanes(shape.k - first - kLanes);
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = dw + (block.row_begin + i) * shape.k + first;
    store(c + i * kPanel, load(row, low));
    store(c + i * kPanel + kLanes, load(row + kLanes, high));
  }
  for (int64_t m = 0; m < shape.m; m += kBlockK) {
    const int64_t count = min_of(kBlockK, shape.m - m);
    pack_panel(count, shape.k - first, x + m * shape.k + first, shape.k, b);
    // dy of a pair of tokens side by side, as pack_panel does with x.
    for (int64_t s = 0; s < count; s += kStep) {
      const T* from = dy + (m + s) * shape.n + block.row_begin;
      const T* next = s + 1 < count ? from + shape.n : nullptr;
      T* to = a + s * pitch;
      for (int64_t i = 0; i < rows; i += kLanes)
        Dot<T>::pack(from + i, next ? next + i : nullptr, first_lanes(rows - i), to + i * kStep);
    }
    block_rows<T>(rows, {count, a, kStep, pitch * kStep, b, 0, c, kPanel});
  }
  for (int64_t i = 0; i < rows; ++i)
    store_row<float, float>(shape.k - first, c + i * kPanel, nullptr,
                            dw + (block.row_begin + i) * shape.k + first);
}

template <Isa I, class T>
void bias_backward(const GemmShape& shape, int64_t begin, int64_t end, const T* dy, float* dbias) {
  for (int64_t j = begin; j < end; j += kLanes) {
    const Mask m = first_lanes(end - j);
    Vec sum = load(dbias + j, m);
    for (int64_t row = 0; row < shape.m; ++row) sum = add(sum, load(dy + row * shape.n + j, m));
    store(dbias + j, sum, m);
  }
}

template int64_t panel_cols<kIsa>();

#define R1_INSTANTIATE(T)                                                                         \
  template int64_t packed_panel_size<kIsa, T>(int64_t);                                           \
  template void pack_weight_panel<kIsa, T>(int64_t, int64_t, int64_t, const T*, T*);              \
  template void forward_block<kIsa, T, T>(const GemmShape&, const GemmBlock&, const T*, const T*, \
                                          const T*, T*, int64_t);                                 \
  template void forward_few_rows<kIsa, T, T>(const GemmShape&, int64_t, int64_t, const T*,        \
                                             const T*, const T*, T*, int64_t);                    \
  template void backward_input_block<kIsa, T>(const GemmShape&, const GemmBlock&, const T*,       \
                                              const T*, T*);                                      \
  template void backward_weight_block<kIsa, T>(const GemmShape&, const GemmBlock&, const T*,      \
                                               const T*, float*);                                 \
  template void bias_backward<kIsa, T>(const GemmShape&, int64_t, int64_t, const T*, float*);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
template void forward_block<kIsa, Bf16, float>(const GemmShape&, const GemmBlock&, const Bf16*,
                                               const Bf16*, const Bf16*, float*, int64_t);
template void forward_few_rows<kIsa, Bf16, float>(const GemmShape&, int64_t, int64_t, const Bf16*,
                                                  const Bf16*, const Bf16*, float*, int64_t);

}  // namespace r1::kernels::simd
