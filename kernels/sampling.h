// Draws one token from each row of logits. The random number comes from outside, so a draw can be
// tested and does not depend on the batch.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// Applied in this order: temperature, top_k, min_p, top_p; top_p counts the probabilities of what
// the others left, made to sum to 1. Ties at a border of top_k or top_p are kept in order of token
// id, lowest first; tokens of equal logits pass min_p together. The largest token always stays.
struct SamplingRule {
  float temperature = 1;  // 0: greedy, the lowest id among the largest logits
  int32_t top_k = 0;      // keep the k largest; 0: all
  float top_p = 1;        // keep the smallest set of largest tokens whose sum reaches it
  float min_p = 0;        // keep tokens of at least min_p times the largest probability

  // Whether a draw from so many tokens leaves some of them out.
  constexpr bool truncates(int64_t vocab) const {
    return temperature > 0 && ((top_k > 0 && top_k < vocab) || min_p > 0 || top_p < 1);
  }
};

// logits: [rows, vocab]   rules, uniforms (in [0, 1)), tokens: [rows]
// scratch: [rows, vocab, 2] floats, read and written (unused where no rule truncates).
// A row that holds NaN, or whose largest logit is infinite, gives token -1. A token of logit
// -infinity is never drawn.
template <Device D>
void sample_tokens(int64_t rows, int64_t vocab, const float* logits, const SamplingRule* rules,
                   const float* uniforms, float* scratch, int32_t* tokens, Stream stream);

// kCuda: ids[r] = drawn[source[r]] where source[r] is not negative: tokens that the host does not
// know yet.   source, ids: [rows]
template <Device D>
void take_drawn(int64_t rows, const int32_t* source, const int32_t* drawn, int32_t* ids,
                Stream stream);

}  // namespace r1::kernels
