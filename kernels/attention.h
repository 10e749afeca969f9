// Causal grouped-query attention over paged keys and values, one kernel for prefill, decode and
// training, so all three give equal bits: a query walks its sequence's pages in order, a page
// being the block of the online softmax (Dao et al., 2022), and nothing else enters its result.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/rope.h"
#include "libr1/core/types.h"

namespace r1::kernels {

inline constexpr int kPageTokens = 32;
inline constexpr int64_t kMaxHeadDim = 256;

struct AttentionShape {
  int64_t heads = 0;
  int64_t kv_heads = 0;    // divides heads; query head h reads kv head h / (heads / kv_heads)
  int64_t head_dim = 0;    // at most kMaxHeadDim
  int64_t qkv_stride = 0;  // elements from one row to the next in q, k, v and their gradients
  double scale = 0;        // of the scores, usually head_dim^-0.5
  // Bounds over the sequences of a call, which size its grid where they lie on a device (kCuda):
  int32_t max_rows = 0;       // num_rows
  int32_t max_positions = 0;  // first_position + num_rows; for attention_decode

  constexpr int64_t page_size() const {
    return kv_heads * head_dim * kPageTokens;
  }  // elements, k or v
};

// kCuda: the partial sums of attention_decode's splits of so many positions are joined in order.
// Fixed, so that a result does not depend on how many sequences there are; attention_forward
// joins at the same positions.
inline constexpr int kSplitPositions = 16 * kPageTokens;

// Consecutive rows that hold consecutive positions of one sequence.
struct AttentionSequence {
  int64_t first_row = 0;
  int32_t num_rows = 0;
  int32_t first_position = 0;      // position of first_row; > 0 when earlier tokens are cached
  const int32_t* pages = nullptr;  // page of positions [i kPageTokens, (i + 1) kPageTokens)
};

// Sequences and their pages lie where D computes, as everything else that is pointed to.

// Copies the rows' keys and values to their pages.   k, v: [rows, kv_heads, head_dim], qkv_stride
// k_pages: [page, kv_heads, head_dim, kPageTokens] (transposed: lanes are keys)
// v_pages: [page, kv_heads, kPageTokens, head_dim]
template <Device D, class T>
void write_kv_pages(const AttentionShape& shape, std::span<const AttentionSequence> sequences,
                    const T* k, const T* v, T* k_pages, T* v_pages, Stream stream);

// kCuda: rope (rope.h) of the rows' queries and keys at the positions of their sequences, and
// write_kv_pages, in one pass.
template <Device D, class T>
void rotate_and_write_kv_pages(const AttentionShape& shape,
                               std::span<const AttentionSequence> sequences, RopePairs pairs,
                               const Accumulator<T>* cos_sin, T* q, T* k, const T* v, T* k_pages,
                               T* v_pages, Stream stream);

// q: [rows, heads, head_dim], qkv_stride   o: [rows, heads, head_dim], dense   lse: [rows, heads],
// the log of the sum of exponentiated scores, for the backward pass; may be nullptr.
// Pages hold every position up to each row's own; positions after it may hold anything finite
// (pages start zeroed).
template <Device D, class T>
void attention_forward(const AttentionShape& shape, std::span<const AttentionSequence> sequences,
                       const T* q, const T* k_pages, const T* v_pages, T* o, Accumulator<T>* lse,
                       Stream stream);

// kCuda: attention_forward's o, bit for bit, for few rows after many cached positions: splits run
// side by side.   scratch: [rows, heads, num_splits(shape), head_dim + 2] floats, written
inline int64_t num_splits(const AttentionShape& shape) {
  return (shape.max_positions + kSplitPositions - 1) / kSplitPositions;
}
template <Device D, class T>
void attention_decode(const AttentionShape& shape, std::span<const AttentionSequence> sequences,
                      const T* q, const T* k_pages, const T* v_pages, T* o, float* scratch,
                      Stream stream);

// Gradient for whole sequences: first_position is 0 and `pages` is not read; keys and values are
// read from the rows.   o, do_: [rows, heads, head_dim], dense
// dq, dk, dv: like q, k, v, with qkv_stride; written.
// kCuda: scratch: [rows, heads], written: do . o of each query
template <class T>
struct AttentionGrad {
  const T* q = nullptr;
  const T* k = nullptr;
  const T* v = nullptr;
  const T* o = nullptr;
  const Accumulator<T>* lse = nullptr;
  const T* do_ = nullptr;
  T* dq = nullptr;
  T* dk = nullptr;
  T* dv = nullptr;
  Accumulator<T>* scratch = nullptr;
};
template <Device D, class T>
void attention_backward(const AttentionShape& shape, std::span<const AttentionSequence> sequences,
                        const AttentionGrad<T>& grad, Stream stream);

}  // namespace r1::kernels
