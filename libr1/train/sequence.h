// A sequence to train on or to score: its tokens, and which of them are predicted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libr1/core/function_ref.h"

namespace r1 {

struct TrainSequence {
  std::span<const int32_t> tokens;
  int64_t first_target = 1;  // tokens [first_target, size) are predicted, each from those before

  int64_t num_targets() const { return static_cast<int64_t>(tokens.size()) - first_target; }
};

// Given the log-probabilities (and entropies) of targets [first, first + n) of one sequence,
// counted from its first_target, writes the gradient of the loss by each log-probability.
using TokenLoss = FunctionRef<void(size_t sequence, int64_t first, std::span<const double> logprob,
                                   std::span<const double> entropy, std::span<double> dlogprob)>;

}  // namespace r1
