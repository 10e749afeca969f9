// What attention on tensor cores shares: a warp has a tile of 16 queries, whose scores against a
// page of keys are the first matrix product and whose sums of values the second. A query is a row
// of both, so it does not see the others. Rows of head_dim are filled up with zeros to a multiple
// of 16.
#pragma once

#include "kernels/cuda/attention_tile.h"
#include "kernels/cuda/fragments.h"

namespace r1::kernels {

// attention_forward, and the splits of attention_decode, in bf16.
void forward_on_tensor_cores(const AttentionShape& shape,
                             std::span<const AttentionSequence> sequences, const Bf16* q,
                             const PagedCache<Bf16>& cache, Bf16* o, float* lse, Stream stream);
void decode_on_tensor_cores(const AttentionShape& shape,
                            std::span<const AttentionSequence> sequences, const Bf16* q,
                            const PagedCache<Bf16>& cache, float* scratch, Stream stream);
// attention_backward but for its scratch, which is there.
void backward_on_tensor_cores(const AttentionShape& shape,
                              std::span<const AttentionSequence> sequences,
                              const AttentionGrad<Bf16>& grad, Stream stream);

// The room that a kernel has for head_dim. Where it is filled, as it is by most models, nothing
// asks where a head ends: such a question between two products keeps the second from starting
// early.
template <int kDimOfRoom, bool kIsFilled>
struct Room {
  static constexpr int kDim = kDimOfRoom;
  static constexpr bool kFilled = kIsFilled;
  __device__ static constexpr int64_t dim(const AttentionShape& shape) {
    return kFilled ? kDim : shape.head_dim;
  }
};
// body(Room)
template <class Body>
void with_room_for(int64_t head_dim, Body body) {
  if (head_dim == 64) return body(Room<64, true>{});
  if (head_dim == 128) return body(Room<128, true>{});
  if (head_dim < 64) return body(Room<64, false>{});
  if (head_dim < 128) return body(Room<128, false>{});
  body(Room<256, false>{});
}

inline constexpr double kLog2OfE = 1.44269504088896341;

// Elements [0, dim) of up to 16 rows as the left factor of a product along them.
template <int kDim>
struct RowFragments {
  Fragment steps[kDim / 16] = {};

  // Row i starts at row(i), or is zero where that is nullptr. aligned: at multiples of 4 bytes.
  template <class Row>
  __device__ __forceinline__ void load(int64_t dim, bool aligned, const Bf16* anywhere, Row row) {
#pragma unroll
    for (int e = 0; e < 2; ++e) {
      const Bf16* x = row(fragment_row(e));
      if (aligned && dim == kDim) {  // loads that do not wait for each other
        const Bf16* from = x ? x : anywhere;
#pragma unroll
        for (int step = 0; step < kDim / 16; ++step)
#pragma unroll
          for (int half = 0; half < 2; ++half) {
            const uint32_t pair = pair_at(from + step * 16 + half * 8 + fragment_col());
            steps[step].words[half * 2 + e] = x ? pair : 0u;
          }
        continue;
      }
#pragma unroll
      for (int step = 0; step < kDim / 16; ++step)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          steps[step].words[half * 2 + e] =
              x ? pair_of(x, step * 16 + half * 8 + fragment_col(), dim) : 0u;
    }
  }
};

// The scores of a warp's 16 rows against a page's 32 lines, in products of 8 columns.
using Scores = float[kPageTokens / 8][4];

// scores += left right^T along head_dim.   left(step), right(column, step): Fragments of 16
// elements
template <int kDim, class Left, class Right>
__device__ __forceinline__ void add_scores(int64_t dim, Left left, Right right, Scores& scores) {
#pragma unroll
  for (int step = 0; step < kDim / 16; ++step) {
    if (step * 16 >= dim) break;
    const Fragment of_left = left(step);
#pragma unroll
    for (int n = 0; n < kPageTokens / 8; n += 2)
      multiply_16x16x16(of_left, right(n * 8, step), scores[n], scores[n + 1]);
  }
}

// sums[16, head_dim] += factors[16, kPageTokens] lines[kPageTokens, head_dim]
template <int kDim>
__device__ __forceinline__ void add_lines(const Scores& factors, SharedArray<uint32_t> lines,
                                          int64_t dim, float (&sums)[kDim / 8][4]) {
#pragma unroll
  for (int step = 0; step < kPageTokens / 16; ++step) {
    const Fragment left = as_left(factors[step * 2], factors[step * 2 + 1]);
#pragma unroll
    for (int n = 0; n < kDim / 8; n += 2) {
      if (n * 8 >= dim) break;
      const Fragment right = load_right<false>(lines, pitch_of(kDim), n * 8, step * 16);
      multiply_16x16x16(left, right, sums[n], sums[n + 1]);
    }
  }
}

// body(half, column, value, next) for this lane's elements of sums [16, head_dim].
template <int kDim, class Body>
__device__ __forceinline__ void for_own_values(const float (&sums)[kDim / 8][4], int64_t dim,
                                               Body body) {
#pragma unroll
  for (int half = 0; half < 2; ++half)
#pragma unroll
    for (int n = 0; n < kDim / 8; ++n)
      if (n * 8 + fragment_col() < dim)
        body(half, n * 8 + fragment_col(), sums[n][half * 2], sums[n][half * 2 + 1]);
}

// Whether rows that are `stride` apart, and heads of head_dim in them, start at multiples of 16
// bytes.
__device__ __forceinline__ bool are_aligned(const Bf16* x, int64_t stride, int64_t head_dim) {
  return reinterpret_cast<uintptr_t>(x) % 16 == 0 && stride % kChunk == 0 && head_dim % kChunk == 0;
}

}  // namespace r1::kernels
