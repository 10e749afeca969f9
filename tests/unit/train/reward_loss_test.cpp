// Losses and quality of reward models: against hand-made cases, and gradients through the whole
// model against finite differences in f64.
#include "libr1/train/reward_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/unit/model/tiny_models.h"

namespace r1 {
namespace {

using testing::random_sequences;
using testing::randomize;

const auto kNoRange = [](int64_t, int64_t) {};

ModelConfig with_scalar_head(ModelConfig config) {
  config.scalar_head = true;
  config.tied_head = false;
  return config;
}

std::vector<const RewardExample*> pointers(const std::vector<RewardExample>& examples) {
  std::vector<const RewardExample*> result;
  for (const RewardExample& example : examples) result.push_back(&example);
  return result;
}

std::vector<RewardExample> some_examples(RewardKind kind, int64_t vocab) {
  const auto tokens = random_sequences({5, 9, 21, 3, 12, 12, 2, 30}, vocab);
  std::vector<RewardExample> examples;
  if (kind == RewardKind::kHelpful) {
    for (size_t i = 0; i < tokens.size(); i += 2) examples.push_back({tokens[i], tokens[i + 1]});
    examples.push_back({tokens[4], tokens[4]});
  } else {
    for (size_t i = 0; i < tokens.size(); ++i) examples.push_back({tokens[i], {}, i % 3 == 0});
  }
  return examples;
}

double loss_of(Policy& policy, const std::vector<RewardExample>& examples) {
  double loss = 0;
  for (const RewardExample& example : examples) {
    const std::vector<TrainSequence> one = {{example.tokens}}, other = {{example.rejected}};
    double margin = policy.scores(one)[0];
    if (!example.rejected.empty()) margin -= policy.scores(other)[0];
    if (!example.positive) margin = -margin;
    loss -= std::log(1 / (1 + std::exp(-margin)));
  }
  return loss;
}

class RewardGradient : public ::testing::TestWithParam<std::tuple<RewardKind, ModelConfig>> {};

TEST_P(RewardGradient, MatchesFiniteDifferences) {
  const auto [kind, family] = GetParam();
  const ModelConfig config = with_scalar_head(family);
  Policy policy(config, {.dtype = Dtype::kF64, .micro_batch_tokens = 64, .max_positions = 64}, {});
  randomize(policy);
  const auto examples = some_examples(kind, config.vocab);
  constexpr double kWeight = 0.25;
  const double loss = accumulate_reward_loss(policy, pointers(examples), kWeight, kNoRange);
  EXPECT_NEAR(loss, loss_of(policy, examples), 1e-9);
  double* master = policy.master().flat().data<double>();
  const double* grad = policy.grads().flat().data<double>();
  for (const ParamEntry& entry : policy.master().table().entries()) {
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t i = entry.offset + (k * 7919 + 3) % entry.shape.size();
      const double h = 1e-5, kept = master[i];
      master[i] = kept + h;
      policy.refresh();
      const double up = loss_of(policy, examples);
      master[i] = kept - h;
      policy.refresh();
      const double down = loss_of(policy, examples);
      master[i] = kept;
      EXPECT_NEAR(grad[i], kWeight * (up - down) / (2 * h), 1e-6 * (1 + std::abs(grad[i])))
          << entry.name << " element " << i - entry.offset;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RewardGradient,
    ::testing::Combine(::testing::Values(RewardKind::kHelpful, RewardKind::kSafe),
                       ::testing::Values(testing::tiny_llama(), testing::tiny_qwen2(),
                                         testing::tiny_qwen3())));

// The halves of a pair may fall into different micro-batches.
TEST(RewardLoss, BitsDoNotDependOnTheMicroBatches) {
  const ModelConfig config = with_scalar_head(testing::tiny_qwen3());
  for (const RewardKind kind : {RewardKind::kHelpful, RewardKind::kSafe}) {
    const auto examples = some_examples(kind, config.vocab);
    std::vector<float> first;
    for (const int64_t rows : {512, 32, 40, 64}) {
      Policy policy(config, {.micro_batch_tokens = rows, .max_positions = 32}, {});
      randomize(policy);
      accumulate_reward_loss(policy, pointers(examples), 1, kNoRange);
      const auto grads = policy.grads().flat().span<float>();
      if (first.empty()) first.assign(grads.begin(), grads.end());
      ASSERT_EQ(std::memcmp(first.data(), grads.data(), grads.size_bytes()), 0) << rows << " rows";
    }
  }
}

TEST(RewardLoss, APairOfTheSameTwiceTeachesNothing) {
  const ModelConfig config = with_scalar_head(testing::tiny_llama());
  Policy policy(config, {.dtype = Dtype::kF64, .micro_batch_tokens = 64, .max_positions = 64}, {});
  randomize(policy);
  const std::vector<RewardExample> same = {{{1, 2, 3}, {1, 2, 3}}};
  EXPECT_DOUBLE_EQ(accumulate_reward_loss(policy, pointers(same), 1, kNoRange), std::log(2.0));
  for (const double g : policy.grads().flat().span<double>()) ASSERT_NEAR(g, 0, 1e-14);
}

TEST(RewardLoss, NoExamplesReportAllRanges) {
  const ModelConfig config = with_scalar_head(testing::tiny_llama());
  Policy policy(config, {.micro_batch_tokens = 64, .max_positions = 64}, {});
  int64_t reported = 0;
  EXPECT_EQ(
      accumulate_reward_loss(policy, {}, 1, [&](int64_t, int64_t count) { reported += count; }), 0);
  EXPECT_EQ(reported, policy.master().table().total_size());
}

TEST(RewardLoss, MarginsBeyondTheExponentialsRange) {
  EXPECT_DOUBLE_EQ(margin_loss(0), std::log(2.0));
  EXPECT_DOUBLE_EQ(margin_loss(-1e6), 1e6);
  EXPECT_EQ(margin_loss(1e6), 0);
  EXPECT_EQ(margin_loss_slope(-1e6), -1);
  EXPECT_EQ(margin_loss_slope(1e6), 0);
  for (const double m : {-30.0, -2.0, -0.1, 0.0, 0.7, 3.0, 30.0})
    EXPECT_NEAR(margin_loss_slope(m), (margin_loss(m + 1e-6) - margin_loss(m - 1e-6)) / 2e-6, 1e-9);
}

double score_of(double probability) { return std::log(probability / (1 - probability)); }

TEST(RewardQuality, CountsByHand) {
  // Predicted .8 right, .8 wrong, .3 for an unsafe one (right), a tie.
  const std::vector<JudgedScore> scores = {
      {score_of(0.8), true}, {score_of(0.8), false}, {score_of(0.3), false}, {0, true}};
  const RewardQuality q = reward_quality(RewardKind::kSafe, scores);
  EXPECT_EQ(q.examples, 4);
  EXPECT_DOUBLE_EQ(q.accuracy, (1 + 0 + 1 + 0.5) / 4);
  EXPECT_NEAR(q.brier, (0.04 + 0.64 + 0.09 + 0.25) / 4, 1e-12);
  EXPECT_NEAR(q.margin, (score_of(0.8) - score_of(0.8) - score_of(0.3) + 0) / 4, 1e-12);
  EXPECT_NEAR(q.loss, -(std::log(0.8) + std::log(0.2) + std::log(0.7) + std::log(0.5)) / 4, 1e-12);
  // Bins: {.8, .8} hold one positive of two, {.3} none of one, {.5} one of one.
  EXPECT_NEAR(q.calibration_error, (std::abs(1 - 1.6) + 0.3 + 0.5) / 4, 1e-12);
  const double variance = (0.375 * 0.375 * 2 + 0.625 * 0.625 + 0.125 * 0.125) / 3;
  EXPECT_NEAR(q.accuracy_stderr, std::sqrt(variance / 4), 1e-12);
}

TEST(RewardQuality, APairCountsInBothOrders) {
  // Sure at .9 and right 9 times of 10: calibrated, though every pair's outcome is "chosen".
  std::vector<JudgedScore> scores(9, {score_of(0.9)});
  scores.push_back({score_of(0.1)});
  EXPECT_NEAR(reward_quality(RewardKind::kHelpful, scores).calibration_error, 0, 1e-12);
  // As sure, and always right: under-confident by .1.
  scores.back() = {score_of(0.9)};
  EXPECT_NEAR(reward_quality(RewardKind::kHelpful, scores).calibration_error, 0.1, 1e-12);
}

TEST(RewardQuality, SureScoresStayInTheLastBin) {
  const std::vector<JudgedScore> scores = {{1e9, true}, {-1e9, false}};
  const RewardQuality q = reward_quality(RewardKind::kSafe, scores);
  EXPECT_EQ(q.calibration_error, 0);
  EXPECT_EQ(q.brier, 0);
  EXPECT_EQ(q.accuracy, 1);
}

TEST(RewardQuality, OneExampleHasNoError) {
  const RewardQuality q = reward_quality(RewardKind::kHelpful, std::vector<JudgedScore>{{1.5}});
  EXPECT_EQ(q.accuracy_stderr, 0);
  EXPECT_EQ(q.accuracy, 1);
}

}  // namespace
}  // namespace r1
