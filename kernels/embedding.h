// Rows of a table, and the sum of gradients back into it.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// The rows that a table has of a larger one: those of ids [first, first + count).
struct TableRows {
  int64_t first = 0;
  int64_t count = 0;
  constexpr bool has(int64_t id) const { return id >= first && id < first + count; }
};

// y[r] = table[ids[r] - first], zeros for an id whose row is not here.
// ids: [rows]   table: [part.count, cols]   y: [rows, cols]
template <Device D, class T>
void embedding_forward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part,
                       const T* table, T* y, Stream stream);

// y[ids[r]] = x[r]; no id twice; the other rows of y are left as they are.
template <Device D, class T>
void scatter_rows(int64_t rows, int64_t cols, const int32_t* ids, const T* x, T* y, Stream stream);

// dtable[ids[r] - first] += dy[r] where that row is here, in row order: equal bits for any split
// into micro-batches.
template <Device D, class T>
void embedding_backward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part, const T* dy,
                        Accumulator<T>* dtable, Stream stream);

}  // namespace r1::kernels
