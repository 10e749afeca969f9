// Closed-form checks on a toy policy: each token a softmax over three actions with its own logits.
// The objective is written here as the papers print it, in the logits; its finite differences are
// compared with the chain rule through token_losses().
#include "libr1/grpo/policy_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace r1 {
namespace {

constexpr int kActions = 3;

struct Toy {
  std::vector<double> logits, old_logits, reference_logits;  // [tokens * kActions]
  std::vector<int> action;
  double advantage = 1;
};

double log_softmax(const double* logits, int action) {
  double sum = 0;
  for (int i = 0; i < kActions; ++i) sum += std::exp(logits[i]);
  return logits[action] - std::log(sum);
}

std::vector<double> logprobs(const Toy& toy, const std::vector<double>& logits) {
  std::vector<double> result;
  for (size_t t = 0; t < toy.action.size(); ++t)
    result.push_back(log_softmax(&logits[t * kActions], toy.action[t]));
  return result;
}

Toy toy(double advantage, double spread) {
  Toy result;
  result.advantage = advantage;
  for (int i = 0; i < 5 * kActions; ++i) {
    result.logits.push_back(std::sin(i * 1.7));
    result.old_logits.push_back(std::sin(i * 1.7) + spread * std::cos(i * 2.3));
    result.reference_logits.push_back(std::sin(i * 1.7) + 0.5 * std::sin(i * 0.9));
  }
  result.action = {0, 2, 1, 1, 0};
  return result;
}

struct Outcome {
  double loss = 0;
  std::vector<double> dlogits;
  LossStatistics statistics;
};

Outcome evaluate(const GrpoConfig& config, const Toy& toy, const LossScale& scale) {
  const auto logprob = logprobs(toy, toy.logits), old = logprobs(toy, toy.old_logits);
  const auto reference = logprobs(toy, toy.reference_logits);
  TokenTerms terms;
  terms.logprob = logprob;
  terms.old_logprob = old;
  terms.reference_logprob = reference;
  terms.advantage = toy.advantage;
  terms.weight = scale.weight(config, static_cast<int64_t>(logprob.size()), 0);
  terms.sequence_log_ratio = mean_log_ratio(logprob, old);
  std::vector<double> dlogprob(logprob.size());
  Outcome outcome;
  token_losses(config, terms, dlogprob, outcome.statistics);
  outcome.loss = outcome.statistics.loss;
  for (size_t t = 0; t < logprob.size(); ++t)
    for (int a = 0; a < kActions; ++a)
      outcome.dlogits.push_back(
          dlogprob[t] *
          ((a == toy.action[t]) - std::exp(log_softmax(&toy.logits[t * kActions], a))));
  return outcome;
}

using Printed = std::function<double(const std::vector<double>& logprob)>;

void expect_gradient(const Printed& objective, const Toy& toy, const Outcome& outcome) {
  EXPECT_NEAR(outcome.loss, objective(logprobs(toy, toy.logits)), 1e-12);
  for (size_t i = 0; i < toy.logits.size(); ++i) {
    constexpr double kStep = 1e-6;
    std::vector<double> up = toy.logits, down = toy.logits;
    up[i] += kStep;
    down[i] -= kStep;
    const double slope =
        (objective(logprobs(toy, up)) - objective(logprobs(toy, down))) / (2 * kStep);
    ASSERT_NEAR(outcome.dlogits[i], slope, 1e-8) << "logit " << i;
  }
}

double clip(double x, double low, double high) { return std::min(std::max(x, low), high); }

// DeepSeekMath, equation 3, of one response among G, with its sign turned.
Printed grpo(const GrpoConfig& config, const Toy& toy, double normalizer) {
  return [=](const std::vector<double>& logprob) {
    const auto old = logprobs(toy, toy.old_logits), ref = logprobs(toy, toy.reference_logits);
    double sum = 0;
    for (size_t t = 0; t < logprob.size(); ++t) {
      const double ratio = std::exp(logprob[t] - old[t]);
      const double clipped = clip(ratio, 1 - config.clip_epsilon, 1 + config.clip_high());
      double gain = std::min(ratio * toy.advantage, clipped * toy.advantage);
      if (config.dual_clip > 0 && toy.advantage < 0)
        gain = std::max(gain, config.dual_clip * toy.advantage);
      const double d = ref[t] - logprob[t];
      const double kl = config.kl_estimator == KlEstimator::kK3   ? std::exp(d) - d - 1
                        : config.kl_estimator == KlEstimator::kK2 ? d * d / 2
                                                                  : -d;
      sum += gain - config.kl_coefficient * kl;
    }
    return -sum / normalizer;
  };
}

TEST(PolicyLoss, IsDeepSeekMathsEquation) {
  for (const double advantage : {1.3, -0.7, 0.0}) {
    for (const double spread : {0.05, 0.8}) {  // within the clip range, and partly outside
      for (const auto kl : {KlEstimator::kK1, KlEstimator::kK2, KlEstimator::kK3}) {
        GrpoConfig config;
        config.kl_coefficient = 0.3;
        config.kl_estimator = kl;
        const Toy t = toy(advantage, spread);
        expect_gradient(grpo(config, t, 4 * 5), t, evaluate(config, t, {4, 100}));
      }
    }
  }
}

TEST(PolicyLoss, AveragesAsConfigured) {
  const Toy t = toy(1, 0.5);
  GrpoConfig config;
  config.loss_average = LossAverage::kTokenMean;
  expect_gradient(grpo(config, t, 100), t, evaluate(config, t, {4, 100}));
  config.loss_average = LossAverage::kSequenceSum;
  config.loss_length = 64;
  expect_gradient(grpo(config, t, 4 * 64), t, evaluate(config, t, {4, 100}));
}

TEST(PolicyLoss, ClipsAsymmetricallyAndTwice) {
  for (const double advantage : {1.0, -1.0}) {
    GrpoConfig config;
    config.clip_epsilon = 0.1;
    config.clip_epsilon_high = 0.5;
    config.dual_clip = 1.3;
    const Toy t = toy(advantage, 0.9);
    const Outcome outcome = evaluate(config, t, {1, 5});
    expect_gradient(grpo(config, t, 5), t, outcome);
    EXPECT_GT(outcome.statistics.clipped, 0);
  }
}

TEST(PolicyLoss, EpsilonTenLetsEverythingButHugeRatiosThrough) {
  GrpoConfig config;
  config.clip_epsilon = 10;
  Toy t = toy(1, 1);
  EXPECT_EQ(evaluate(config, t, {1, 5}).statistics.clipped, 0);
  t.old_logits[0] = -20;  // the ratio of token 0 is beyond 11
  EXPECT_EQ(evaluate(config, t, {1, 5}).statistics.clipped, 1);
  t.advantage = -1;  // min() takes the unclipped side
  EXPECT_EQ(evaluate(config, t, {1, 5}).statistics.clipped, 0);
}

// GSPO, equation 5: one ratio a response, the geometric mean over its tokens.
TEST(PolicyLoss, SequenceRatioIsGspos) {
  for (const double advantage : {1.0, -1.0}) {
    GrpoConfig config;
    config.ratio = RatioKind::kSequence;
    config.kl_coefficient = 0;
    config.clip_epsilon = 0.4;
    const Toy t = toy(advantage, 0.3);
    const Printed objective = [&](const std::vector<double>& logprob) {
      const auto old = logprobs(t, t.old_logits);
      double mean = 0;
      for (size_t i = 0; i < 5; ++i) mean += (logprob[i] - old[i]) / 5;
      const double ratio = std::exp(mean);
      return -std::min(ratio * advantage, clip(ratio, 0.6, 1.4) * advantage) / 4;
    };
    expect_gradient(objective, t, evaluate(config, t, {4, 20}));
  }
}

// MiniMax-M1, equation 4: the clipped ratio is a constant.
TEST(PolicyLoss, CispoStopsTheGradientOfTheRatio) {
  GrpoConfig config;
  config.objective = Objective::kCispo;
  config.kl_coefficient = 0;
  const Toy t = toy(-1.2, 0.8);
  const auto now = logprobs(t, t.logits), old = logprobs(t, t.old_logits);
  const Printed objective = [&](const std::vector<double>& logprob) {
    double sum = 0;
    for (size_t i = 0; i < 5; ++i)
      sum += clip(std::exp(now[i] - old[i]), 0.8, 1.2) * t.advantage * logprob[i];
    return -sum / 20;
  };
  expect_gradient(objective, t, evaluate(config, t, {4, 20}));
}

TEST(PolicyLoss, RatioOfEqualLogprobsIsExactlyOne) {
  const Toy t = toy(1, 0);
  const LossStatistics statistics = evaluate({}, t, {1, 5}).statistics;
  EXPECT_EQ(statistics.ratio, 5);
  EXPECT_EQ(statistics.clipped, 0);
}

TEST(PolicyLoss, ExtremesStayFinite) {
  LossStatistics statistics;
  std::vector<double> logprob = {-1e4, -1e-9}, old = {-1, -1e4}, reference = {-2, -1e4};
  std::vector<double> dlogprob(2);
  TokenTerms terms{logprob, old, reference, 1, 0.5, 0};
  token_losses({}, terms, dlogprob, statistics);
  EXPECT_TRUE(std::isfinite(statistics.loss));
  for (const double slope : dlogprob) EXPECT_TRUE(std::isfinite(slope));
}

// The gradient of one token where `which` (0: policy, 1: the one that sampled, 2: reference) gives
// it `bad` for a log-probability.
double slope_of(const GrpoConfig& config, double advantage, size_t which, double bad) {
  double logprob[] = {-1, -1.1, -0.9};
  logprob[which] = bad;
  const std::span<const double> policy(&logprob[0], 1), old(&logprob[1], 1);
  const TokenTerms terms{policy,    old, std::span<const double>(&logprob[2], 1),
                         advantage, 0.5, mean_log_ratio(policy, old)};
  double slope = 0;
  LossStatistics statistics;
  token_losses(config, terms, std::span(&slope, 1), statistics);
  return slope;
}

TEST(PolicyLoss, NonFiniteLogprobsAreNotHidden) {
  for (const auto objective : {Objective::kClip, Objective::kCispo})
    for (const auto ratio : {RatioKind::kToken, RatioKind::kSequence})
      for (const auto kl : {KlEstimator::kK1, KlEstimator::kK2, KlEstimator::kK3})
        for (const double dual_clip : {0.0, 3.0}) {
          GrpoConfig config;
          config.objective = objective;
          config.ratio = ratio;
          config.kl_estimator = kl;
          config.dual_clip = dual_clip;
          for (const double advantage : {1.0, -1.0, 0.0}) {
            EXPECT_TRUE(std::isfinite(slope_of(config, advantage, 0, -1)));
            for (const double bad : {std::nan(""), -HUGE_VAL, HUGE_VAL}) {
              for (const size_t which : {0, 1, 2})
                EXPECT_TRUE(std::isnan(slope_of(config, advantage, which, bad)))
                    << bad << " of " << which << ", advantage " << advantage;
              GrpoConfig without_kl = config;
              without_kl.kl_coefficient = 0;
              for (const size_t which : {0, 1})
                EXPECT_TRUE(std::isnan(slope_of(without_kl, advantage, which, bad)))
                    << bad << " of " << which << ", advantage " << advantage << ", no KL";
            }
          }
        }
}

}  // namespace
}  // namespace r1
