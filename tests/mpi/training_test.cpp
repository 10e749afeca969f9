// Training over ranks against training on one: gradients, AdamW, GRPO, checkpoints.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "libr1/core/file.h"
#include "libr1/data/deal.h"
#include "libr1/grpo/grpo_step.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/train/training_checkpoint.h"
#include "tests/mpi/device.h"
#include "tests/unit/model/tiny_models.h"
#include "tests/unit/model/word_tokenizer.h"

namespace r1 {
namespace {

using testing::GroupOnDevice;
using testing::values_of;
using testing::world;

const ComputeSettings kCompute{Dtype::kF32, 96, 64, false, testing::kDevice};

OptimizerConfig adamw() {
  OptimizerConfig config;
  config.schedule.lr = 1e-2;
  config.bucket_elements = 300;  // many buckets, the last one padded
  return config;
}

std::vector<double> weights_of(Policy& policy) { return values_of(policy.master().flat()); }

void expect_close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], tolerance) << "at " << i;
}

// Some steps on twelve sequences, dealt over the group's ranks; `idle_ranks` leaves the last step
// to rank 0 alone.
std::vector<double> train(ProcessGroup& group, bool idle_ranks) {
  Policy policy(testing::tiny_qwen2(), kCompute, {});
  testing::randomize(policy);
  ShardedAdamW optimizer(adamw(), policy.master(), group, {});
  for (int step = 0; step < 4; ++step) {
    std::vector<std::vector<int32_t>> tokens;
    std::vector<int64_t> lengths;
    double targets = 0;
    for (int i = 0; i < 12; ++i) {
      std::vector<int32_t> ids;
      for (int t = 0; t < 3 + (i * 5 + step) % 20; ++t) ids.push_back((i * 7 + t * t + step) % 29);
      lengths.push_back(static_cast<int64_t>(ids.size()));
      targets += static_cast<double>(ids.size() - 1);
      tokens.push_back(ids);
    }
    const auto owner = deal(lengths, group.size());
    std::vector<TrainSequence> mine;
    for (size_t i = 0; i < tokens.size(); ++i)
      if (owner[i] == group.rank()) mine.push_back({tokens[i]});
    if (idle_ranks && step == 3 && group.rank() > 0) mine.clear();
    policy.zero_grads();
    policy.accumulate(
        mine, 1,
        [&](size_t, int64_t, std::span<const double>, std::span<const double>,
            std::span<double> dlogprob) {
          std::fill(dlogprob.begin(), dlogprob.end(), -1 / targets);
        },
        [&](int64_t begin, int64_t count) {
          optimizer.gradients_ready(policy.grads(), begin, count);
        });
    EXPECT_TRUE(optimizer.step(policy.grads()).finite);
    policy.refresh();
  }
  return weights_of(policy);
}

TEST(Training, EveryRankHasTheSameWeightsThoughSomeHadNoWork) {
  R1_SKIP_WITHOUT_DEVICE();
  const auto weights = train(*GroupOnDevice(world()), true);
  const std::string mine(reinterpret_cast<const char*>(weights.data()), weights.size() * 8);
  for (const std::string& other : world().all_gather(mine, "weights")) EXPECT_EQ(other, mine);
}

// Made-up samples with made-up rewards, in rank order by question.
std::vector<ScoredSample> samples_of(ProcessGroup& group) {
  std::vector<ScoredSample> samples;
  for (int64_t question = 0; question < 6; ++question) {
    for (int32_t s = 0; s < 4; ++s) {
      ScoredSample scored;
      scored.sample.question = question;
      scored.sample.sample = s;
      scored.sample.prompt = {1, static_cast<int32_t>(2 + question)};
      for (int t = 0; t < 2 + (question * 3 + s * 5) % 17; ++t) {
        scored.sample.tokens.push_back(static_cast<int32_t>((question + s * 3 + t * t) % 29));
        scored.sample.logprobs.push_back(-3.2f);
      }
      scored.reward = static_cast<double>((question * s) % 3);
      if (question % group.size() == group.rank()) samples.push_back(scored);
    }
  }
  return samples;
}

struct GrpoRun {
  std::vector<double> weights;
  GrpoStatistics statistics;
};

GrpoRun run_grpo(ProcessGroup& group) {
  GrpoConfig config;
  config.mini_batches_per_rollout = 3;
  config.kl_coefficient = 0.1;
  SamplingSettings sampling;
  Policy policy(testing::tiny_llama(), kCompute, {}),
      reference(testing::tiny_llama(), kCompute, {});
  testing::randomize(policy, 1);
  testing::randomize(reference, 2);
  ShardedAdamW optimizer(adamw(), policy.master(), group, {});
  GrpoStep grpo(config, sampling, policy, &reference, optimizer, group);
  GrpoRun run;
  run.statistics = grpo.run(samples_of(group), Random(1, "split"), 0);
  run.weights = weights_of(policy);
  return run;
}

TEST(Training, GrpoOverRanksIsGrpoOnOne) {
  R1_SKIP_WITHOUT_DEVICE();
  const GrpoRun together = run_grpo(*GroupOnDevice(world())), alone = run_grpo(*self_group());
  EXPECT_EQ(together.statistics.updates, 3);
  EXPECT_EQ(together.statistics.samples, 24);
  EXPECT_NEAR(together.statistics.loss.loss, alone.statistics.loss.loss, 1e-6);
  EXPECT_NEAR(together.statistics.loss.kl, alone.statistics.loss.kl, 1e-4);
  EXPECT_NEAR(together.statistics.grad_norm, alone.statistics.grad_norm, 1e-5);
  expect_close(together.weights, alone.weights, 2e-4);
}

TEST(Training, OverRanksIsTrainingOnOne) {
  R1_SKIP_WITHOUT_DEVICE();
  expect_close(train(*GroupOnDevice(world()), false), train(*self_group(), false), 2e-4);
}

// The folder that ctest's runs with different numbers of ranks share: written by 2, read by all.
std::string shared_folder() {
  const char* program = testing::kOnGpu ? "_gpu" : "";
  return concat(::testing::TempDir(), "r1_mpi_checkpoint", program);
}

TEST(Training, ACheckpointOfTwoRanksIsReadByAny) {
  R1_SKIP_WITHOUT_DEVICE();
  const std::string folder = shared_folder();
  const GroupOnDevice group(world());
  const ModelConfig model = testing::tiny_qwen3();
  Policy policy(model, kCompute, {}), reference(model, kCompute, {});
  ShardedAdamW optimizer(adamw(), policy.master(), *group, {});
  const TrainingState state{policy, optimizer, &reference};
  // Of this rank, as f32 holds them.
  const auto moments = [&](double scale) {
    std::vector<double> values;
    for (const FlatRange& range : optimizer.owned())
      for (int64_t i = range.begin; i < range.end(); ++i)
        values.push_back(
            static_cast<float>(scale * Random(5, "moments").normal(static_cast<uint32_t>(i))));
    return values;
  };
  const auto first = moments(1);
  auto second = moments(2);
  for (double& value : second) value = std::abs(value);
  if (world().size() == 2) {
    testing::randomize(policy, 3);
    testing::randomize(reference, 4);
    write_values(first, optimizer.m(), {});
    write_values(second, optimizer.v(), {});
    optimizer.set_steps(17);
    const ModelFacts facts{model, testing::word_tokenizer(), {{"test", 0, folder, "", "none"}}, ""};
    if (world().rank() == 0) std::filesystem::remove_all(folder);
    world().barrier("remove the old checkpoint");
    save_training(folder, 7, state, facts, {{"step", 7}, {"taken", 99}}, world().communicator());
    optimizer.set_steps(0);
    initialize(model, {}, 9, policy.master());
  }
  if (!latest_checkpoint(folder)) GTEST_SKIP() << "the run with 2 ranks writes the checkpoint";
  const Counters counters =
      load_training(*latest_checkpoint(folder), state, world().communicator());
  EXPECT_EQ(counters.at("taken"), 99);
  EXPECT_EQ(optimizer.steps(), 17);
  Policy expected(model, kCompute, {}), expected_reference(model, kCompute, {});
  testing::randomize(expected, 3);
  testing::randomize(expected_reference, 4);
  EXPECT_EQ(weights_of(policy), weights_of(expected));
  EXPECT_EQ(weights_of(reference), weights_of(expected_reference));
  const auto found_first = values_of(optimizer.m()), found_second = values_of(optimizer.v());
  for (size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(found_first[i], first[i]);
    ASSERT_EQ(found_second[i], second[i]);
  }
}

TEST(Training, ACheckpointOfAnotherModelIsRefused) {
  R1_SKIP_WITHOUT_DEVICE();
  const std::string folder = shared_folder();
  const GroupOnDevice group(world());
  if (!latest_checkpoint(folder)) GTEST_SKIP() << "the run with 2 ranks writes the checkpoint";
  Policy policy(testing::tiny_llama(), kCompute, {});
  ShardedAdamW optimizer(adamw(), policy.master(), *group, {});
  try {
    load_training(*latest_checkpoint(folder), {policy, optimizer}, world().communicator());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput);
    EXPECT_NE(std::string(error.what()).find("is a checkpoint of another model"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace r1
