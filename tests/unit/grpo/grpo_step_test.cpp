// The whole cycle on a tiny random model and made-up rewards.
#include "libr1/grpo/grpo_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "libr1/core/thread_pool.h"
#include "libr1/rollout/engine.h"
#include "tests/unit/model/tiny_models.h"

namespace r1 {
namespace {

Tokenizer word_tokenizer() {
  return Tokenizer::from_json(
      R"({"model":{"type":"WordLevel","unk_token":"w0","vocab":{"w0":0}},"pre_tokenizer":)"
      R"({"type":"WhitespaceSplit"},"normalizer":null,"decoder":null,"post_processor":null,)"
      R"("added_tokens":[]})");
}

struct Cycle {
  explicit Cycle(const GrpoConfig& grpo_config, ModelConfig model = testing::tiny_qwen2())
      : config(grpo_config),
        policy(model, compute(), {}),
        reference(model, compute(), {}),
        optimizer(optimizer_config(), policy.master(), *group, {}) {
    sampling.num_samples = 4;
    sampling.max_new_tokens = 20;
    sampling.stop_tokens = {2};
    testing::randomize(policy, 1);
    testing::randomize(reference, 2);
  }
  static ComputeSettings compute() { return {Dtype::kF32, 96, 64, false}; }
  static OptimizerConfig optimizer_config() {
    OptimizerConfig config;
    config.schedule.lr = 1e-3;
    return config;
  }

  // Rewards the token 5.
  std::vector<ScoredSample> rollout(int64_t step) {
    Engine engine(policy.model(), word_tokenizer(), {16, 4096, 128, 64});
    int64_t next = 0;
    std::vector<ScoredSample> scored;
    for (Sample& sample : engine.generate(
             [&]() -> std::optional<RolloutRequest> {
               if (next == 6) return std::nullopt;
               const int64_t question = next++;
               return RolloutRequest{question, {3, static_cast<int32_t>(4 + question)}};
             },
             sampling, Random(1, "rollout"), step)) {
      const auto hits = std::count(sample.tokens.begin(), sample.tokens.end(), 5);
      scored.push_back({std::move(sample), static_cast<double>(hits), true});
    }
    return scored;
  }
  std::vector<float> weights() {
    const auto span = policy.master().flat().span<float>();
    return {span.begin(), span.end()};
  }

  GrpoConfig config;
  SamplingSettings sampling;
  std::unique_ptr<ProcessGroup> group = self_group();
  Policy policy, reference;
  ShardedAdamW optimizer;
};

GrpoConfig small() {
  GrpoConfig config;
  config.mini_batches_per_rollout = 3;
  return config;
}

// No split, which moves with the number of samples.
GrpoConfig one_batch() {
  GrpoConfig config;
  config.mini_batches_per_rollout = 1;
  return config;
}

struct Trained {
  GrpoStatistics statistics;
  std::vector<float> weights;
};

// A cycle on these samples, from the weights that every Cycle starts with.
Trained train(const GrpoConfig& config, const std::vector<ScoredSample>& samples) {
  Cycle cycle(config);
  GrpoStep grpo(cycle.config, cycle.sampling, cycle.policy, &cycle.reference, cycle.optimizer,
                *cycle.group);
  const GrpoStatistics statistics = grpo.run(samples, Random(1, "split"), 0);
  return {statistics, cycle.weights()};
}

void expect_same_training(const Trained& found, const Trained& expected) {
  EXPECT_EQ(found.statistics.grad_norm, expected.statistics.grad_norm);
  EXPECT_EQ(found.weights, expected.weights);
}

TEST(GrpoStep, FirstUpdateHasRatioExactlyOne) {
  GrpoConfig config = one_batch();
  Cycle cycle(config);
  GrpoStep grpo(cycle.config, cycle.sampling, cycle.policy, &cycle.reference, cycle.optimizer,
                *cycle.group);
  const GrpoStatistics statistics = grpo.run(cycle.rollout(0), Random(1, "split"), 0);
  EXPECT_EQ(statistics.mismatch, 0);
  EXPECT_EQ(statistics.loss.ratio, statistics.loss.tokens);
  EXPECT_EQ(statistics.loss.clipped, 0);
  EXPECT_EQ(statistics.updates, 1);
  EXPECT_EQ(statistics.groups, 6);
  EXPECT_EQ(statistics.samples, 24);
  EXPECT_GT(statistics.loss.kl, 0);
  EXPECT_GT(statistics.grad_norm, 0);
}

TEST(GrpoStep, OrderOfLocalSamplesDoesNotMatter) {
  Cycle start(small());
  auto samples = start.rollout(0);
  const Trained forward = train(small(), samples);
  std::reverse(samples.begin(), samples.end());
  expect_same_training(train(small(), samples), forward);
  EXPECT_NE(forward.weights, start.weights());
}

TEST(GrpoStep, RewardRises) {
  GrpoConfig config = small();
  for (const auto average :
       {LossAverage::kSequenceMean, LossAverage::kTokenMean, LossAverage::kPromptMean}) {
    config.loss_average = average;
    Cycle cycle(config);
    GrpoStep grpo(cycle.config, cycle.sampling, cycle.policy, &cycle.reference, cycle.optimizer,
                  *cycle.group);
    const auto mean_reward = [](const std::vector<ScoredSample>& samples) {
      double sum = 0;
      for (const ScoredSample& scored : samples)
        sum += scored.reward / static_cast<double>(scored.sample.tokens.size());
      return sum / static_cast<double>(samples.size());
    };
    const double before = mean_reward(cycle.rollout(1000));
    for (int64_t step = 0; step < 25; ++step)
      grpo.run(cycle.rollout(step), Random(1, "split"), step);
    EXPECT_GT(mean_reward(cycle.rollout(1000)), before + 0.1);
  }
}

TEST(GrpoStep, PromptMeanWeighsQuestionsAlikeAndTokensAlikeWithinOne) {
  GrpoConfig config = one_batch();
  config.loss_average = LossAverage::kPromptMean;
  config.advantage = AdvantageKind::kMean;
  config.kl_coefficient = 0;
  Cycle cycle(config);
  auto samples = cycle.rollout(0);
  samples[2].counted = false;
  // Before the first update the ratio is 1: every token's loss is its weight times -A.
  double expected = 0;
  for (int64_t question = 0; question < 6; ++question) {
    double reward = 0, tokens = 0, count = 0;
    for (const ScoredSample& s : samples)
      if (s.sample.question == question && s.counted) {
        reward += s.reward;
        tokens += static_cast<double>(s.sample.tokens.size());
        count += 1;
      }
    for (const ScoredSample& s : samples)
      if (s.sample.question == question && s.counted)
        expected -= (s.reward - reward / count) * static_cast<double>(s.sample.tokens.size()) *
                    (1.0 / 6) / tokens;
  }
  GrpoStep grpo(cycle.config, cycle.sampling, cycle.policy, nullptr, cycle.optimizer, *cycle.group);
  const GrpoStatistics statistics = grpo.run(samples, Random(1, "split"), 0);
  EXPECT_NE(expected, 0);
  EXPECT_NEAR(statistics.loss.loss, expected, 1e-9);
}

TEST(GrpoStep, DroppedGroupsAndUncountedSamplesAreNotTrainedOn) {
  GrpoConfig config = one_batch();
  config.drop_zero_variance_groups = true;
  Cycle start(config);
  auto samples = start.rollout(0);
  for (ScoredSample& scored : samples) scored.reward = 1;
  const Trained none = train(config, samples);
  EXPECT_EQ(none.statistics.zero_variance_groups, 6);
  EXPECT_EQ(none.statistics.updates, 0);
  EXPECT_EQ(none.weights, start.weights());

  samples[0].reward = 0;  // of the first four, a group that stays
  samples[3].reward = 9;
  samples[3].counted = false;
  const Trained found = train(config, samples);
  EXPECT_EQ(found.statistics.zero_variance_groups, 5);
  EXPECT_EQ(found.statistics.updates, 1);
  expect_same_training(found, train(config, {samples.begin(), samples.begin() + 3}));
  EXPECT_NE(found.weights, start.weights());
}

TEST(GrpoStep, MaskedTruncatedSamplesAreNotTrainedOn) {
  GrpoConfig config = one_batch();
  auto samples = Cycle(config).rollout(0);
  for (ScoredSample& scored : samples) scored.sample.reason = FinishReason::kStopToken;
  samples[1].sample.reason = FinishReason::kLength;
  const Trained with = train(config, samples);
  config.mask_truncated = true;
  const Trained found = train(config, samples);
  EXPECT_NE(found.weights, with.weights);
  samples.erase(samples.begin() + 1);
  expect_same_training(found, train(config, samples));
}

TEST(GrpoStep, RewardFallsOverTheOverlongBuffer) {
  GrpoConfig config = one_batch();
  auto samples = Cycle(config).rollout(0);
  const Trained without = train(config, samples);
  config.overlong_buffer = 8;  // before the cap of 20
  const Trained found = train(config, samples);
  config.overlong_buffer = 0;
  bool inside = false, at_cap = false;
  for (ScoredSample& scored : samples) {
    const auto over = static_cast<double>(scored.sample.tokens.size()) - 12;
    scored.reward -= std::max(0.0, over / 8);
    inside = inside || (over > 0 && over < 8);
    at_cap = at_cap || over == 8;
  }
  EXPECT_TRUE(inside && at_cap);
  expect_same_training(found, train(config, samples));
  EXPECT_NE(found.weights, without.weights);
}

TEST(GrpoStep, SequenceRatioTrains) {
  GrpoConfig config = small();
  config.ratio = RatioKind::kSequence;
  config.inner_epochs = 2;
  Cycle cycle(config);
  GrpoStep grpo(cycle.config, cycle.sampling, cycle.policy, &cycle.reference, cycle.optimizer,
                *cycle.group);
  const GrpoStatistics statistics = grpo.run(cycle.rollout(0), Random(1, "split"), 0);
  EXPECT_EQ(statistics.updates, 6);
  EXPECT_TRUE(statistics.finite);
}

TEST(GrpoStep, ANanStopsBeforeTheWeightsChangeAndNamesTheSamples) {
  GrpoConfig config = one_batch();
  Cycle cycle(config);
  auto samples = cycle.rollout(0);
  samples[3].sample.logprobs[0] = NAN;
  const auto before = cycle.weights();
  GrpoStep grpo(cycle.config, cycle.sampling, cycle.policy, &cycle.reference, cycle.optimizer,
                *cycle.group);
  const GrpoStatistics statistics = grpo.run(samples, Random(1, "split"), 0);
  EXPECT_FALSE(statistics.finite);
  EXPECT_EQ(statistics.updates, 0);
  EXPECT_EQ(grpo.offending().size(), 24u);
  EXPECT_EQ(cycle.weights(), before);
}

}  // namespace
}  // namespace r1
