// A model shared by ranks against the same model on one.
#include <gtest/gtest.h>

#include <cmath>

#include "libr1/core/error.h"
#include "libr1/parallel/mesh.h"
#include "tests/mpi/device.h"
#include "tests/mpi/shared_models.h"
#include "tests/unit/model/tiny_models.h"

namespace r1 {
namespace {

using testing::kDevice;
using testing::kWidest;
using testing::shared;
using testing::world;

constexpr double kTolerance = kWidest == Dtype::kF64 ? 1e-11 : 2e-4;

ModelConfig reward_model() {
  ModelConfig config = shared(testing::tiny_llama());
  config.scalar_head = true;
  return config;
}

class Pair {
 public:
  Pair(const ModelConfig& config, Dtype dtype, bool recompute = false,
       int64_t micro_batch_tokens = 96)
      : group_(world()),
        tp_(*group_),
        settings_{dtype, micro_batch_tokens, 64, recompute, kDevice},
        whole(config, settings_, {}),
        part(config, settings_, {}, tp_) {
    testing::randomize(whole);
    whole.refresh();
    for (int i = 0; i < num_params(); ++i)
      testing::take_part(tp_, whole.master()[i], part.master()[i]);
    part.refresh();
  }

  int num_params() { return static_cast<int>(whole.master().table().entries().size()); }

  // The parts' gradients beside the whole model's.
  void expect_equal_gradients(double tolerance) {
    for (int i = 0; i < num_params(); ++i) {
      const auto expected = testing::values_of(whole.grads()[i]);
      const auto found = testing::join_parts(tp_, world(), whole.grads()[i].shape, part.grads()[i]);
      const std::string& name = whole.master().table()[i].name;
      for (size_t at = 0; at < expected.size(); ++at)
        ASSERT_NEAR(found[at], expected[at], tolerance) << name << " " << at;
    }
  }

 private:
  testing::GroupOnDevice group_;
  TensorParallel tp_;
  ComputeSettings settings_;

 public:
  Policy whole, part;
};

std::vector<std::vector<int32_t>> texts() {
  std::vector<std::vector<int32_t>> all;
  for (int i = 0; i < (testing::kOnGpu ? 2 : 5); ++i) {  // emulated GPUs are slow
    auto& ids = all.emplace_back();
    for (int t = 0; t < 4 + (i * 13) % 40; ++t) ids.push_back((i * 7 + t * t) % 29);
  }
  return all;
}

void accumulate(Policy& policy, const std::vector<std::vector<int32_t>>& tokens,
                double entropy_weight, double& entropies) {
  std::vector<TrainSequence> sequences;
  for (const auto& ids : tokens) sequences.push_back({ids});
  policy.zero_grads();
  policy.accumulate(
      sequences, 0.7,
      [&](size_t sequence, int64_t first, std::span<const double>, std::span<const double> entropy,
          std::span<double> dlogprob) {
        for (const double e : entropy) entropies += entropy_weight * e;
        for (size_t i = 0; i < dlogprob.size(); ++i)
          dlogprob[i] = 0.1 * static_cast<double>(sequence + 1) - 0.01 * static_cast<double>(first);
      },
      [](int64_t, int64_t) {});
}

void expect_same(const ModelConfig& config, Dtype dtype, double tolerance, bool recompute = false) {
  Pair pair(config, dtype, recompute);
  const auto tokens = texts();
  std::vector<TrainSequence> sequences;
  for (const auto& ids : tokens) sequences.push_back({ids});
  const auto expected = pair.whole.logprobs(sequences, 0.7);
  const auto found = pair.part.logprobs(sequences, 0.7);
  for (size_t s = 0; s < expected.size(); ++s)
    for (size_t t = 0; t < expected[s].size(); ++t)
      ASSERT_NEAR(found[s][t], expected[s][t], tolerance) << s << " " << t;
  double whole_entropy = 0, part_entropy = 0;
  accumulate(pair.whole, tokens, 1, whole_entropy);
  accumulate(pair.part, tokens, 1, part_entropy);
  EXPECT_NEAR(part_entropy, whole_entropy, tolerance * 200);
  pair.expect_equal_gradients(tolerance * 10);
}

TEST(TensorParallel, EveryFamilyGivesTheWholeModelsLogprobsAndGradients) {
  SKIP_IF_NOT_SHAREABLE();
  for (const ModelConfig& config :
       {shared(testing::tiny_llama()), shared(testing::tiny_qwen2()), shared(testing::tiny_qwen3()),
        shared(testing::tiny_deepseek_rope())}) {
    if (kWidest == Dtype::kF64) expect_same(config, Dtype::kF64, 1e-11);
    expect_same(config, Dtype::kF32, 2e-4);
    expect_same(config, kWidest, kTolerance, true);
  }
}

TEST(TensorParallel, Bf16StaysWithinItsRounding) {
  SKIP_IF_NOT_SHAREABLE();
  expect_same(shared(testing::tiny_qwen2()), Dtype::kBf16, 0.15);
}

TEST(TensorParallel, ScoresOfRewardModels) {
  SKIP_IF_NOT_SHAREABLE();
  Pair pair(reward_model(), kWidest);
  const auto tokens = texts();
  std::vector<TrainSequence> sequences;
  for (const auto& ids : tokens) sequences.push_back({ids});
  const auto expected = pair.whole.scores(sequences), found = pair.part.scores(sequences);
  std::vector<double> dscores;
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], kTolerance);
    dscores.push_back(0.3 - 0.2 * static_cast<double>(i));
  }
  for (Policy* policy : {&pair.whole, &pair.part}) {
    policy->zero_grads();
    policy->accumulate_scores(sequences, dscores, [](int64_t, int64_t) {});
  }
  pair.expect_equal_gradients(10 * kTolerance);
}

TEST(TensorParallel, RanksAgreeToTheBit) {
  SKIP_IF_NOT_SHAREABLE();
  Pair pair(shared(testing::tiny_qwen2()), Dtype::kF32);
  const auto tokens = texts();
  std::vector<TrainSequence> sequences;
  for (const auto& ids : tokens) sequences.push_back({ids});
  const auto logprobs = pair.part.logprobs(sequences, 1);
  for (const auto& of_sequence : logprobs) {
    const std::string mine(reinterpret_cast<const char*>(of_sequence.data()),
                           of_sequence.size() * sizeof(double));
    for (const std::string& other : world().all_gather(mine, "log-probs")) EXPECT_EQ(other, mine);
  }
}

// The ranks' shares of the rows change with the micro-batches, the gradients of norms do not.
TEST(TensorParallel, GradientsDoNotDependOnTheMicroBatches) {
  SKIP_IF_NOT_SHAREABLE();
  auto tokens = texts();
  tokens.push_back(std::vector<int32_t>(40, 3));
  for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16}) {
    std::vector<std::vector<double>> gradients;
    for (const int64_t micro_batch_tokens : {64, 400}) {
      Pair pair(shared(testing::tiny_qwen3()), dtype, false, micro_batch_tokens);
      double entropies = 0;
      accumulate(pair.part, tokens, 1, entropies);
      gradients.push_back(testing::values_of(pair.part.grads().flat()));
    }
    EXPECT_EQ(gradients[0], gradients[1]);
  }
}

TEST(TensorParallel, WhatCannotBeSharedIsRefused) {
  if (world().size() == 1) GTEST_SKIP() << "one rank shares nothing";
  ModelConfig config = testing::tiny_llama();
  config.kv_heads = 1;
  R1_SKIP_WITHOUT_DEVICE();
  const testing::GroupOnDevice group(world());
  EXPECT_THROW(Policy(config, {Dtype::kF32, 96, 64, false, kDevice}, {}, TensorParallel(*group)),
               Error);
}

// MPI's group would read the GPU's memory from the host.
TEST(Mesh, OneRankOnAGpuNeedsNobody) {
  if (world().size() > 1) GTEST_SKIP() << "several ranks on GPUs talk over NCCL";
  const Mesh mesh({0, 1, 1, 1}, world(), {Device::kCuda, Device::kCuda});
  EXPECT_NE(&mesh.dp(), &world());
  EXPECT_EQ(mesh.dp().size(), 1);
  EXPECT_EQ(mesh.tp().size(), 1);
  const Mesh host({0, 1, 1, 1}, world());
  EXPECT_EQ(&host.dp(), &world());
}

TEST(Mesh, AxesCrossAtEveryRank) {
  const int tp = world().size() % 2 == 0 ? 2 : 1;
  const Mesh mesh({0, tp, 1, 1}, world());
  EXPECT_EQ(mesh.tp().size(), tp);
  EXPECT_EQ(mesh.dp().size(), world().size() / tp);
  EXPECT_EQ(mesh.tp().rank(), world().rank() % tp);
  EXPECT_EQ(mesh.dp().rank(), world().rank() / tp);
  EXPECT_EQ(mesh.dp().sum(int64_t{mesh.tp().rank()}, "tp"), mesh.dp().size() * mesh.tp().rank());
  EXPECT_THROW(Mesh({0, 5, 1, 1}, world()), Error);
}

}  // namespace
}  // namespace r1
