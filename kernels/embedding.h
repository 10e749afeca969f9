// Rows of a table, and the sum of gradients back into it.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// ids: [rows], each in [0, vocab) (checked by the op)   table: [vocab, cols]   y: [rows, cols]
template <Device D, class T>
void embedding_forward(int64_t rows, int64_t cols, const int32_t* ids, const T* table, T* y,
                       Stream stream);

// y[ids[r]] = x[r]; no id twice; the other rows of y are left as they are.
template <Device D, class T>
void scatter_rows(int64_t rows, int64_t cols, const int32_t* ids, const T* x, T* y, Stream stream);

// dtable[ids[r]] += dy[r], in row order: equal bits for any split into micro-batches.
template <Device D, class T>
void embedding_backward(int64_t rows, int64_t cols, const int32_t* ids, const T* dy,
                        Accumulator<T>* dtable, Stream stream);

}  // namespace r1::kernels
