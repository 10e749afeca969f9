#include "libr1/grpo/policy_loss.h"

#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr double kMaxLogRatio = 20;

// Infinities become NaN: held within the bounds they would pass for numbers, and the clip might
// take their gradient away.
double bounded(double log_ratio) {
  return std::isfinite(log_ratio) ? std::clamp(log_ratio, -kMaxLogRatio, kMaxLogRatio) : NAN;
}

struct Term {
  double value = 0;
  double slope = 0;  // by the log-probability
};

// -objective(rho, A); `clipped` is set where the clip takes the gradient away, or caps CISPO's
// weight.
Term surrogate(const GrpoConfig& config, double ratio, double logprob, double advantage,
               bool& clipped) {
  const double low = 1 - config.clip_epsilon, high = 1 + config.clip_high();
  if (config.objective == Objective::kCispo) {
    const double weight = std::min(std::max(ratio, low), high);
    clipped = weight != ratio;
    return {-weight * advantage * logprob, -weight * advantage};
  }
  clipped = advantage > 0 ? ratio > high : advantage < 0 && ratio < low;
  double value = advantage * (clipped ? (advantage > 0 ? high : low) : ratio);
  if (config.dual_clip > 0 && advantage < 0 && ratio > config.dual_clip) {
    clipped = true;
    value = config.dual_clip * advantage;
  }
  return {-value, clipped ? 0.0 : -advantage * ratio};
}

Term kl_term(KlEstimator estimator, double logprob, double reference) {
  const double d = bounded(reference - logprob);
  switch (estimator) {
    case KlEstimator::kK1:
      return {-d, 1 + 0 * d};  // NaN with d
    case KlEstimator::kK2:
      return {0.5 * d * d, -d};
    case KlEstimator::kK3:
      break;
  }
  return {std::exp(d) - d - 1, 1 - std::exp(d)};
}

}  // namespace

double LossScale::weight(const GrpoConfig& config, int64_t length, double group_length) const {
  switch (config.loss_average) {
    case LossAverage::kSequenceMean:
      return 1.0 / (static_cast<double>(sequences) * static_cast<double>(length));
    case LossAverage::kTokenMean:
      return 1.0 / static_cast<double>(tokens);
    case LossAverage::kPromptMean:
      return 1.0 / (static_cast<double>(sequences) * group_length);
    case LossAverage::kSequenceSum:
      break;
  }
  return 1.0 / (static_cast<double>(sequences) * static_cast<double>(config.loss_length));
}

double mean_log_ratio(std::span<const double> logprob, std::span<const double> old_logprob) {
  double sum = 0;
  for (size_t t = 0; t < logprob.size(); ++t) sum += logprob[t] - old_logprob[t];
  return logprob.empty() ? 0 : sum / static_cast<double>(logprob.size());
}

void token_losses(const GrpoConfig& config, const TokenTerms& terms, std::span<double> dlogprob,
                  LossStatistics& statistics) {
  const size_t count = terms.logprob.size();
  const bool has_kl = config.kl_coefficient > 0;
  R1_CHECK(terms.old_logprob.size() == count && dlogprob.size() == count &&
               (!has_kl || terms.reference_logprob.size() == count),
           "token_losses: ", count, " log-probabilities, ", terms.old_logprob.size(), " old, ",
           terms.reference_logprob.size(), " of the reference, ", dlogprob.size(), " gradients");
  for (size_t t = 0; t < count; ++t) {
    const bool sequence = config.ratio == RatioKind::kSequence;
    const double log_ratio =
        sequence ? terms.sequence_log_ratio : terms.logprob[t] - terms.old_logprob[t];
    const double ratio = std::exp(bounded(log_ratio));
    bool clipped = false;
    // A sequence's ratio moves with each token by 1/|o|, and stands |o| times in the sum over
    // tokens: the factors cancel, and the slope is that of the token form.
    const Term policy = surrogate(config, ratio, terms.logprob[t], terms.advantage, clipped);
    Term kl;
    if (has_kl) kl = kl_term(config.kl_estimator, terms.logprob[t], terms.reference_logprob[t]);
    dlogprob[t] = terms.weight * (policy.slope + config.kl_coefficient * kl.slope);
    statistics.loss += terms.weight * (policy.value + config.kl_coefficient * kl.value);
    statistics.kl += kl.value;
    statistics.clipped += clipped;
    statistics.ratio += ratio;
    statistics.tokens += 1;
  }
}

}  // namespace r1
