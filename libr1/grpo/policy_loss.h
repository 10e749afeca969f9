// The loss of one response under GRPO and its gradient by the log-probability of each token, in
// double. With rho the ratio of the policy to the policy that sampled, A the advantage and d the
// reference's log-probability less the policy's (DeepSeekMath, equation 3; DeepSeek-R1, equations
// 1 and 2):
//
//   loss = sum over tokens of weight * ( -min(rho A, clip(rho, 1 - eps, 1 + eps) A)
//                                        + beta * (exp(d) - d - 1) )
#pragma once

#include <span>

#include "libr1/grpo/config.h"

namespace r1 {

// What one mini-batch divides by: counts over all ranks, so that neither the split into
// micro-batches nor the number of ranks changes the loss.
struct LossScale {
  int64_t sequences = 0;
  int64_t tokens = 0;  // response tokens

  // Of each token of a response of `length` tokens, whose group's have `group_length` on average
  // (over as many as groups have on average, where some were left out).
  double weight(const GrpoConfig& config, int64_t length, double group_length) const;
};

// Tokens [first, first + n) of a response; all spans have n elements.
struct TokenTerms {
  std::span<const double> logprob;            // under the policy being trained
  std::span<const double> old_logprob;        // under the policy that sampled
  std::span<const double> reference_logprob;  // empty when the KL coefficient is 0
  double advantage = 0;
  double weight = 0;              // LossScale::weight
  double sequence_log_ratio = 0;  // mean_log_ratio of the whole response, for RatioKind::kSequence
};

// Sums over tokens, to be added over ranks.
struct LossStatistics {
  double loss = 0;     // weighted: the mini-batch's loss
  double kl = 0;       // estimator, unweighted
  double clipped = 0;  // tokens whose gradient the clip removed (CISPO: whose weight it capped)
  double ratio = 0;
  double tokens = 0;
};

// Mean over the tokens of log rho: the logarithm of GSPO's ratio (GSPO, equation 7).
double mean_log_ratio(std::span<const double> logprob, std::span<const double> old_logprob);

// Writes d loss / d logprob and adds to the statistics. Log-ratios are held within +-20 before the
// exponential. A non-finite log-probability gives a non-finite gradient, never a silent 0.
void token_losses(const GrpoConfig& config, const TokenTerms& terms, std::span<double> dlogprob,
                  LossStatistics& statistics);

}  // namespace r1
