// Blocks of attention.h, one thread's work each.
#pragma once

#include <cstdint>

#include "kernels/attention.h"
#include "kernels/cpu/isa.h"

namespace r1::kernels::simd {

// Rows [begin, end) of a sequence and all query heads of one kv head. The rows' positions lie in
// one page, so that all walk the same pages.
struct AttentionBlock {
  const AttentionSequence* sequence = nullptr;
  int32_t begin = 0, end = 0;
  int64_t kv_head = 0;
};

template <class T>
struct AttentionInput {
  const T* q = nullptr;
  const T* k_pages = nullptr;
  const T* v_pages = nullptr;
};

template <Isa I, class T>
void attention_forward(const AttentionShape& shape, const AttentionBlock& block,
                       const AttentionInput<T>& input, T* o, float* lse);

// dq of the block's rows.
template <Isa I, class T>
void attention_backward_q(const AttentionShape& shape, const AttentionBlock& block,
                          const AttentionGrad<T>& grad);
// dk and dv of the block's rows.
template <Isa I, class T>
void attention_backward_kv(const AttentionShape& shape, const AttentionBlock& block,
                           const AttentionGrad<T>& grad);

}  // namespace r1::kernels::simd
