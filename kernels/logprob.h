// Log-probability of chosen tokens under rows of logits, and its gradient. With the coefficient
// -1 / num_tokens this is cross-entropy; with GRPO's coefficient it is the policy gradient.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// Of a whole vocabulary, or of the part of one from `first_token` on.
struct LogprobShape {
  int64_t rows = 0;
  int64_t vocab = 0;
  double inverse_temperature = 1;  // > 0; logits are multiplied by it first
  int64_t first_token = 0;
  int64_t stride = 0;  // from one row of logits to the next; 0: vocab

  constexpr int64_t row_stride() const { return stride > 0 ? stride : vocab; }
  // Where a target's logit is in its row; -1: another part has it.
  constexpr int64_t column_of(int32_t target) const {
    return target >= first_token && target - first_token < vocab ? target - first_token : -1;
  }
};

// logits: [rows, vocab]   targets: [rows]. Where another part has the target, logprob is that of a
// logit of 0, -lse, and dlogits has no target. logprob, lse, entropy: [rows]; entropy (nats, of the
// whole row) may be nullptr. lse is of the scaled logits. Sums run over fixed lanes in a fixed
// order. Logits of -infinity are tokens that cannot occur; NaN or +infinity makes the row's results
// NaN.
template <Device D, class T>
void logprob_forward(const LogprobShape& shape, const Accumulator<T>* logits,
                     const int32_t* targets, Accumulator<T>* logprob, Accumulator<T>* lse,
                     Accumulator<T>* entropy, Stream stream);

// dlogits[r, j] = inverse_temperature * dlogprob[r] * ((j == targets[r]) - softmax(r)[j])
// dlogits: [rows, vocab] in T
template <Device D, class T>
void logprob_backward(const LogprobShape& shape, const Accumulator<T>* logits,
                      const int32_t* targets, const Accumulator<T>* lse,
                      const Accumulator<T>* dlogprob, T* dlogits, Stream stream);

}  // namespace r1::kernels
