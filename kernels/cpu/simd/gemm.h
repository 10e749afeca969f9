// Blocks of the products of gemm.h, one thread's work each: a panel of kPanel output columns by a
// range of rows.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "kernels/gemm.h"

namespace r1::kernels::simd {

// Most rows of a block: the block's f32 sums fit the second-level cache beside a and b.
inline constexpr int64_t kBlockRows = 112;

struct GemmBlock {
  int64_t panel = 0;
  int64_t row_begin = 0, row_end = 0;
};

template <Isa I>
int64_t panel_cols();
template <Isa I, class T>
int64_t packed_panel_size(int64_t k);  // elements

template <Isa I, class T>
void pack_weight_panel(int64_t n, int64_t k, int64_t panel, const T* w, T* packed);

template <Isa I, class T, class TOut>
void forward_block(const GemmShape& shape, const GemmBlock& block, const T* x, const T* packed,
                   const T* bias, TOut* y, int64_t y_stride);
// The same for up to 3 rows and all panels [panel, panel_end).
template <Isa I, class T, class TOut>
void forward_few_rows(const GemmShape& shape, int64_t panel, int64_t panel_end, const T* x,
                      const T* packed, const T* bias, TOut* y, int64_t y_stride);
template <Isa I, class T>
void backward_input_block(const GemmShape& shape, const GemmBlock& block, const T* dy, const T* w,
                          T* dx);
// Rows of the block are rows of dw.
template <Isa I, class T>
void backward_weight_block(const GemmShape& shape, const GemmBlock& block, const T* dy, const T* x,
                           float* dw);
// Columns [begin, end)
template <Isa I, class T>
void bias_backward(const GemmShape& shape, int64_t begin, int64_t end, const T* dy, float* dbias);

}  // namespace r1::kernels::simd
