#include "stages/rollout_metrics.h"

#include <algorithm>
#include <cmath>

#include "libr1/reward/readability.h"
#include "libr1/reward/reflection.h"

namespace r1 {
namespace {

enum Sum : size_t {
  kSamples,
  kReward,
  kUnverifiable,
  kJudged,  // that has a verdict
  kCorrect,
  kFormat,
  kTruncated,
  kLength,
  kWithWords,
  kLanguage,
  kMixed,
  kReflections,
  kRepetition,
  kGeneral,
  kGeneralLength,
  kGeneralRepetition,
  kHelpful,
  kHelpfulScore,
  kSafe,
  kSafeScore,
  kNumSums
};

// A multiple of 2^-32: sums of such numbers are exact, so they do not depend on which rank
// generated what.
double summand(double value) { return std::ldexp(std::nearbyint(std::ldexp(value, 32)), -32); }

void add_sample(const AnsweredSample& a, std::vector<double>& sums) {
  const Reward& reward = a.reward;
  const Verifier verifier = a.question->verifier;
  sums[kSamples] += 1;
  sums[kReward] += summand(reward.total);
  sums[kUnverifiable] += !is_counted(a);
  sums[kJudged] += reward.accuracy.verdict != Verdict::kUnverifiable;
  sums[kCorrect] += reward.accuracy.verdict == Verdict::kCorrect;
  sums[kFormat] += reward.format.verdict == Verdict::kCorrect;
  sums[kTruncated] += a.sample.reason == FinishReason::kLength;
  sums[kLength] += static_cast<double>(a.sample.tokens.size());
  sums[kWithWords] += reward.language.words > 0;
  if (reward.language.words > 0) sums[kLanguage] += summand(reward.language.share());
  sums[kMixed] += is_mixed(reward.language);
  sums[kReflections] += static_cast<double>(count_reflections(a.text));
  const double repetition = summand(measure_readability(a.text).repetition);
  sums[kRepetition] += repetition;
  if (is_general(verifier)) {
    sums[kGeneral] += 1;
    sums[kGeneralLength] += static_cast<double>(a.sample.tokens.size());
    sums[kGeneralRepetition] += repetition;
  }
  if (!reward.model_score) return;
  sums[verifier == Verifier::kHelpful ? kHelpful : kSafe] += 1;
  sums[verifier == Verifier::kHelpful ? kHelpfulScore : kSafeScore] += summand(*reward.model_score);
}

}  // namespace

bool is_counted(const AnsweredSample& a) {
  return a.reward.accuracy.verdict != Verdict::kUnverifiable || a.reward.model_score.has_value();
}

Metrics rollout_metrics(const std::vector<AnsweredSample>& mine, const RewardConfig& weights,
                        ProcessGroup& group) {
  std::vector<double> sums(kNumSums, 0.0);
  double longest = 0;
  for (const AnsweredSample& a : mine) {
    add_sample(a, sums);
    longest = std::max(longest, static_cast<double>(a.sample.tokens.size()));
  }
  group.all_reduce_sum(sums, "sum rewards");
  longest = group.max(longest, "longest response");
  const auto mean = [&](Sum part, Sum whole) {
    return sums[whole] > 0 ? sums[part] / sums[whole] : 0.0;
  };
  Metrics metrics = {{"samples", static_cast<int64_t>(sums[kSamples])},
                     {"reward", mean(kReward, kSamples)},
                     {"reward/accuracy", mean(kCorrect, kSamples) * weights.accuracy_weight},
                     {"reward/format", mean(kFormat, kSamples) * weights.format_weight},
                     {"reward/language", mean(kLanguage, kSamples) * weights.language_weight},
                     {"accuracy", mean(kCorrect, kJudged)},
                     {"format_rate", mean(kFormat, kSamples)},
                     {"unverifiable", static_cast<int64_t>(sums[kUnverifiable])},
                     {"truncated", mean(kTruncated, kSamples)},
                     {"length/mean", mean(kLength, kSamples)},
                     {"length/max", longest},
                     {"language_share", mean(kLanguage, kWithWords)},
                     {"mixed", mean(kMixed, kWithWords)},
                     {"reflections", mean(kReflections, kSamples)},
                     {"repetition", mean(kRepetition, kSamples)}};
  if (sums[kGeneral] > 0) {
    metrics.emplace_back("length/general", mean(kGeneralLength, kGeneral));
    metrics.emplace_back("repetition/general", mean(kGeneralRepetition, kGeneral));
  }
  if (const double scored = sums[kHelpful] + sums[kSafe]; scored > 0)
    metrics.emplace_back("score", (sums[kHelpfulScore] + sums[kSafeScore]) / scored);
  if (sums[kHelpful] > 0) metrics.emplace_back("score/helpful", mean(kHelpfulScore, kHelpful));
  if (sums[kSafe] > 0) metrics.emplace_back("score/safe", mean(kSafeScore, kSafe));
  return metrics;
}

}  // namespace r1
