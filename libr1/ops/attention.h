// Causal grouped-query attention on fused rows [rows, (heads + 2 kv_heads) * head_dim].
#pragma once

#include "kernels/attention.h"
#include "libr1/tensor/mirrored.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

using kernels::AttentionSequence;
using kernels::kPageTokens;
// Pages are read where the kernels run: those of `host` need not be set.
using AttentionSequences = Mirrored<AttentionSequence>;

struct AttentionDims {
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t qkv_cols() const { return (heads + 2 * kv_heads) * head_dim; }
  int64_t page_size() const { return kv_heads * head_dim * kPageTokens; }
};

// Keys and values of one layer: [pages, page_size] each.
struct KvLayer {
  TensorView k;
  TensorView v;
};

// Rotates the rows' queries and keys in place, see rope.h, and copies keys and values to their
// pages. positions: of the rows, those of their sequences
void rotate_and_cache(const AttentionDims& dims, const AttentionSequences& sequences,
                      const Indices& positions, const TensorView& rope_table,
                      kernels::RopePairs pairs, const TensorView& qkv, const KvLayer& cache,
                      Stream stream);

// qkv: [rows, qkv_cols], rotated and cached   o: [rows, heads * head_dim]   lse: [rows, heads]
// decode_scratch: f32, of any size, or empty. With it, on a GPU, leading sequences of one row each
// are computed in splits of their positions side by side, where it is large enough for that; o has
// the same bits, and lse is not written for them.
void attention_forward(const AttentionDims& dims, const AttentionSequences& sequences,
                       const TensorView& qkv, const KvLayer& cache, const TensorView& o,
                       const TensorView& lse, const TensorView& decode_scratch, Stream stream);

// Splits of the positions of sequences that decode, as attention_forward takes them on a GPU.
int64_t num_splits(std::span<const AttentionSequence> sequences);

// Whole sequences only. dqkv: [rows, qkv_cols], written   scratch: like lse, for a GPU
void attention_backward(const AttentionDims& dims, const AttentionSequences& sequences,
                        const TensorView& qkv, const TensorView& o, const TensorView& lse,
                        const TensorView& do_, const TensorView& dqkv, const TensorView& scratch,
                        Stream stream);

}  // namespace r1::ops
