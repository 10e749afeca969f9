// Ops without weights, and the embedding.
#pragma once

#include "libr1/tensor/mirrored.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

// y += x
void add_in_place(const TensorView& x, const TensorView& y, Stream stream);
// y = x in y's dtype
void convert(const TensorView& x, const TensorView& y, Stream stream);

// gate_up: [rows, 2 cols], gate first   y: [rows, cols]
void swiglu_forward(const TensorView& gate_up, const TensorView& y, Stream stream);
// dgate_up is written; it may be gate_up.
void swiglu_backward(const TensorView& dy, const TensorView& gate_up, const TensorView& dgate_up,
                     Stream stream);

// y[r] = table[ids[r]]; an id outside of the table is refused.   table: [vocab, cols]
void embedding_forward(const Indices& ids, const TensorView& table, const TensorView& y,
                       Stream stream);
// dtable[ids[r]] += dy[r], in row order
void embedding_backward(const Indices& ids, const TensorView& dy, const TensorView& dtable,
                        Stream stream);

// y[i] = x[rows[i]], and y[rows[i]] = x[i] with every other row of y zero
void gather_rows(const Indices& rows, const TensorView& x, const TensorView& y, Stream stream);
void scatter_rows(const Indices& rows, const TensorView& x, const TensorView& y, Stream stream);

}  // namespace r1::ops
