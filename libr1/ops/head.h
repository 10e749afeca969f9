// The language-model head fused with the log-probability of chosen tokens, chunk by chunk of rows,
// so that [tokens, vocab] logits never exist as a whole.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/ops/linear.h"
#include "libr1/tensor/arena.h"
#include "libr1/tensor/mirrored.h"

namespace r1::ops {

// A head whose vocabulary is shared by the ranks of a group: this one has rows of some tokens.
struct HeadPart {
  int64_t first_token = 0;
  int64_t whole_vocab = 0;
  // Every rank's values, in rank order; empty: the head is whole, and the rest is not looked at.
  std::function<std::vector<std::vector<double>>(std::span<const double>)> gather;
};

// Rows of the hidden states, in any order and none twice, and the token each predicts.
struct HeadTargets {
  Indices rows;    // of the host; copies are made where the model is
  Indices tokens;  // the same
  double inverse_temperature = 1;
  HeadPart part = {};
};

// logits of every row: hidden [rows, hidden] to logits [rows, vocab] in the accumulator dtype
void head_logits(const TensorView& hidden, const LinearWeight& head, const TensorView& logits,
                 Stream stream);

// logprob, entropy (nats): one a target
void head_logprobs(const TensorView& hidden, const LinearWeight& head, const HeadTargets& targets,
                   std::span<double> logprob, std::span<double> entropy, Arena& arena,
                   Stream stream);

// Given the log-probabilities of targets [begin, end), writes the gradient of the loss by each.
using HeadLoss = FunctionRef<void(int64_t begin, std::span<const double> logprob,
                                  std::span<const double> entropy, std::span<double> dlogprob)>;

struct HeadGradient {
  TensorView dhidden;  // [rows, hidden], written; 0 in rows without a target; of this part alone
  TensorView dweight;  // [vocab, hidden], accumulated in the order of targets
};

// The same logits serve the loss and its gradient. Targets are taken in order; chunk borders do
// not show in the result.
void head_loss_backward(const TensorView& hidden, const LinearWeight& head,
                        const HeadTargets& targets, HeadLoss loss, const HeadGradient& gradient,
                        Arena& arena, Stream stream);

}  // namespace r1::ops
