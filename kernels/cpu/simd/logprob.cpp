#include "kernels/cpu/simd/logprob.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {

// Blocks are summed in lanes, then added in double: a long row loses no digits.
template <Isa I>
LogprobSums logprob_sums(int64_t vocab, float scale, const float* logits) {
  constexpr int64_t kBlock = 4096;
  LogprobSums sums;
  sums.max = max_value(vocab, logits) * scale;
  const Vec top = set1(sums.max);
  const Vec factor = set1(scale);
  for (int64_t begin = 0; begin < vocab; begin += kBlock) {
    const float* block = logits + begin;
    Vec sum = zero();
    Vec weighted = zero();
    for_lanes(vocab - begin < kBlock ? vocab - begin : kBlock, [&](int64_t i, auto m) {
      const Vec d = sub(mul(load(block + i, m), factor), top);
      const Vec e = select(m, exp(d), zero());
      sum = add(sum, e);
      // A logit of -infinity has no weight: 0 * infinity must not become NaN.
      weighted = add(weighted, select(less(zero(), e), mul(e, d), zero()));
    });
    sums.sum += double(sum_lanes(sum));
    sums.d_weighted += double(sum_lanes(weighted));
  }
  return sums;
}

template <Isa I, class T>
void logprob_backward_row(int64_t vocab, const LogprobGrad& grad, const float* logits, T* dlogits) {
  const Vec factor = set1(grad.scale);
  const Vec lse = set1(grad.lse);
  const Vec coefficient = set1(grad.coefficient);
  const auto probability = [&](Vec logit) { return exp(sub(mul(logit, factor), lse)); };
  for_lanes(vocab, [&](int64_t i, auto m) {
    store(dlogits + i, mul(coefficient, sub(zero(), probability(load(logits + i, m)))), m);
  });
  if (grad.target < 0) return;
  const Vec p = probability(set1(logits[grad.target]));
  store(dlogits + grad.target, mul(coefficient, sub(set1(1.0f), p)), first_lanes(1));
}

template LogprobSums logprob_sums<kIsa>(int64_t, float, const float*);
template void logprob_backward_row<kIsa, float>(int64_t, const LogprobGrad&, const float*, float*);
template void logprob_backward_row<kIsa, Bf16>(int64_t, const LogprobGrad&, const float*, Bf16*);

}  // namespace r1::kernels::simd
