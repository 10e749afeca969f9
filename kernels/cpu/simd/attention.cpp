#include "kernels/cpu/simd/attention.h"

#include "kernels/cpu/simd/multiply_add.h"

namespace r1::kernels::simd {
namespace {

constexpr int kVectors = kPageTokens / kLanes;  // of a row of scores
constexpr int64_t kMaxDim = kMaxHeadDim;
using Scores = float[kProductRows][kPageTokens];
using Rows = float[kProductRows][kMaxDim];

// A query of the tile: row of its sequence and query head.
struct Query {
  int64_t row = 0, head = 0;
};

Query query_of(const AttentionShape& shape, const AttentionBlock& block, int64_t item) {
  const int64_t group = shape.heads / shape.kv_heads;
  return {block.begin + item / group, block.kv_head * group + item % group};
}

template <class T>
void widen_row(int64_t count, const T* from, float* to) {
  for_lanes(count, [&](int64_t i, auto mask) { store(to + i, load(from + i, mask), mask); });
}

void fill(int64_t count, float value, float* to) {
  for_lanes(count, [&](int64_t i, auto mask) { store(to + i, set1(value), mask); });
}

// Lanes of a row of scores that a query at `position` may see: keys at `first` and later.
Mask visible(int64_t position, int64_t first, int vector) {
  return first_lanes(position - first - vector * kLanes + 1);
}

// One page of the online softmax: scores become weights exp(scale s - largest).
// Returns what earlier sums are to be multiplied by.
float page_softmax(float scale, int64_t position, int64_t first, float* scores, float& largest,
                   float& sum) {
  const Vec none = set1(-__builtin_inff());
  Vec value[kVectors];
  Vec top = none;
  for (int j = 0; j < kVectors; ++j) {
    value[j] =
        select(visible(position, first, j), mul(set1(scale), load(scores + j * kLanes)), none);
    top = max(top, value[j]);
  }
  const float before = largest, page_largest = max_lanes(top);
  largest = before > page_largest ? before : page_largest;
  Vec total = zero();
  for (int j = 0; j < kVectors; ++j) {
    value[j] = exp(sub(value[j], set1(largest)));
    store(scores + j * kLanes, value[j]);
    total = add(total, value[j]);
  }
  float factors[kLanes];
  store(factors, exp(set1(before - largest)));
  sum = sum * factors[0] + sum_lanes(total);
  return factors[0];
}

template <class T>
void forward_tile(const AttentionShape& shape, const AttentionBlock& block,
                  const AttentionInput<T>& input, int64_t first_item, int64_t count, T* o,
                  float* lse) {
  alignas(64) Rows queries, sums;
  alignas(64) Scores scores;
  float largest[kProductRows], total[kProductRows];
  const int64_t dim = shape.head_dim;
  const AttentionSequence& sequence = *block.sequence;
  for (int64_t i = 0; i < count; ++i) {
    const Query query = query_of(shape, block, first_item + i);
    widen_row(dim, input.q + (sequence.first_row + query.row) * shape.qkv_stride + query.head * dim,
              queries[i]);
    fill(kMaxDim < dim + 2 * kLanes ? kMaxDim : dim + 2 * kLanes, 0, sums[i]);
    largest[i] = -__builtin_inff();
    total[i] = 0;
  }
  const int64_t pages = (sequence.first_position + block.begin) / kPageTokens + 1;
  for (int64_t page = 0; page < pages; ++page) {
    const int64_t at = sequence.pages[page] * shape.page_size() + block.kv_head * dim * kPageTokens;
    for (int64_t i = 0; i < count; ++i) fill(kPageTokens, 0, scores[i]);
    multiply_add<T>(count, dim, kPageTokens, {queries[0], kMaxDim, 1},
                    {input.k_pages + at, kPageTokens}, {scores[0], kPageTokens});
    for (int64_t i = 0; i < count; ++i) {
      const int64_t position = sequence.first_position + query_of(shape, block, first_item + i).row;
      const float factor = page_softmax(static_cast<float>(shape.scale), position,
                                        page * kPageTokens, scores[i], largest[i], total[i]);
      for_lanes(dim, [&](int64_t d, auto mask) {
        store(sums[i] + d, mul(load(sums[i] + d, mask), set1(factor)), mask);
      });
    }
    multiply_add<T>(count, kPageTokens, dim, {scores[0], kPageTokens, 1}, {input.v_pages + at, dim},
                    {sums[0], kMaxDim});
  }
  for (int64_t i = 0; i < count; ++i) {
    const Query query = query_of(shape, block, first_item + i);
    const int64_t at = (sequence.first_row + query.row) * shape.heads + query.head;
    for_lanes(dim, [&](int64_t d, auto mask) {
      store(o + at * dim + d, div(load(sums[i] + d, mask), set1(total[i])), mask);
    });
    if (lse) lse[at] = largest[i] + __builtin_logf(total[i]);
  }
}

}  // namespace

template <Isa I, class T>
void attention_forward(const AttentionShape& shape, const AttentionBlock& block,
                       const AttentionInput<T>& input, T* o, float* lse) {
  const int64_t items = (block.end - block.begin) * (shape.heads / shape.kv_heads);
  for (int64_t first = 0; first < items; first += kProductRows)
    forward_tile(shape, block, input, first,
                 items - first < kProductRows ? items - first : kProductRows, o, lse);
}

template void attention_forward<kIsa, float>(const AttentionShape&, const AttentionBlock&,
                                             const AttentionInput<float>&, float*, float*);
template void attention_forward<kIsa, Bf16>(const AttentionShape&, const AttentionBlock&,
                                            const AttentionInput<Bf16>&, Bf16*, float*);

}  // namespace r1::kernels::simd
