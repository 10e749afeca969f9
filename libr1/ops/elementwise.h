// Ops without weights, and the embedding.
#pragma once

#include "libr1/tensor/mirrored.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

// y += x
void add_in_place(const TensorView& x, const TensorView& y, Stream stream);
// y = x in y's dtype, on any two devices; nothing where they are the same memory
void convert(const TensorView& x, const TensorView& y, Stream stream);

// gate_up: [rows, 2 cols], gate first   y: [rows, cols]
void swiglu_forward(const TensorView& gate_up, const TensorView& y, Stream stream);
// dgate_up is written; it may be gate_up.
void swiglu_backward(const TensorView& dy, const TensorView& gate_up, const TensorView& dgate_up,
                     Stream stream);

// The tokens whose rows a table has: all, or of a vocabulary that ranks share some.
struct TokenRows {
  int64_t first = 0;
  int64_t whole_vocab = 0;
};
// y[r] = the row of ids[r], zeros where the table has none; an id outside of the vocabulary is
// refused.   table: [tokens, cols]
void embedding_forward(const Indices& ids, const TensorView& table, const TokenRows& tokens,
                       const TensorView& y, Stream stream);
// dtable's row of ids[r] += dy[r], in row order
void embedding_backward(const Indices& ids, const TensorView& dy, const TensorView& dtable,
                        const TokenRows& tokens, Stream stream);

// y[i] = x[rows[i]], and y[rows[i]] = x[i] with every other row of y zero
void gather_rows(const Indices& rows, const TensorView& x, const TensorView& y, Stream stream);
void scatter_rows(const Indices& rows, const TensorView& x, const TensorView& y, Stream stream);
// Columns [first, first + cols) of y = x.   x: [rows, cols], f32
void place_columns(const TensorView& x, int64_t first, const TensorView& y, Stream stream);

}  // namespace r1::ops
