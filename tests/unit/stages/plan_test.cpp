// r1-plan's formulas against numbers computed by hand, and published sizes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "stages/tools/plan_jobs.h"
#include "stages/tools/plan_measure.h"
#include "stages/tools/plan_models.h"
#include "stages/tools/plan_paper.h"
#include "stages/tools/plan_report.h"
#include "stages/tools/plan_time.h"
#include "tests/unit/message_of.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ModelConfig small_model() {
  ModelConfig model;
  model.vocab = 96;
  model.hidden = 32;
  model.layers = 3;
  model.heads = 4;
  model.kv_heads = 2;
  model.head_dim = 8;
  model.intermediate = 64;
  return model;
}

// A cluster where one thing takes time and nothing else does.
ClusterConfig free_cluster(int ranks) {
  ClusterConfig cluster;
  cluster.ranks_per_node = ranks;
  cluster.base_mib = 0;
  cluster.rates = {1e12, 1e12, 1e12, 1e12, 1e12, 1e12, 0, 0, 1e12, 1e12, 0};
  return cluster;
}

TEST(PlanModels, PublishedParameterCounts) {
  const std::map<std::string, int64_t> published = {
      {"SmolLM2-135M", 134515008},  {"Qwen2.5-0.5B", 494032768},  {"Qwen2.5-1.5B", 1543714304},
      {"Qwen2.5-3B", 3085938688},   {"Qwen2.5-7B", 7615616512},   {"Qwen2.5-14B", 14770033664},
      {"Qwen2.5-32B", 32763876352}, {"Qwen2.5-72B", 72706203648}, {"Qwen3-0.6B", 596049920},
      {"Qwen3-1.7B", 1720574976},   {"Qwen3-4B", 4022468096},     {"Qwen3-8B", 8190735360},
      {"Qwen3-14B", 14768307200},   {"Qwen3-32B", 32762123264},   {"Llama-3.2-1B", 1235814400},
      {"Llama-3.2-3B", 3212749824}, {"Llama-3.1-8B", 8030261248}, {"Llama-3.1-70B", 70553706496}};
  EXPECT_EQ(known_models().size(), published.size());
  for (const auto& [name, count] : published)
    EXPECT_EQ(model_named(name).num_parameters(), count) << name;
}

TEST(PlanPaper, DeepSeekV3) {
  const MoeArchitecture v3;
  EXPECT_EQ(v3.attention_parameters(), 187107328);
  EXPECT_EQ(v3.parameters(), 671026419200);
  EXPECT_EQ(v3.cache_elements(), 35136);
  EXPECT_NEAR(static_cast<double>(v3.active_parameters()), 37e9, 1e9);  // "37B active"
}

TEST(PlanPaper, LayoutsSplitWhatTheySay) {
  const MoeArchitecture v3;
  const auto all = static_cast<double>(v3.parameters());
  const auto routed = static_cast<double>(v3.routed_parameters());
  const MoeMemory plain = moe_memory(v3, {1, 1, 512, 1, 2, 4, 8, false}, 64);
  EXPECT_NEAR(plain.weights, 2 * all, 1);
  EXPECT_NEAR(plain.gradients, 4 * all, 1);
  EXPECT_NEAR(plain.optimizer, 8 * all / 512, 1);
  EXPECT_NEAR(plain.activations, 64.0 * 7168 * 2 * 61 * 2, 1);
  const MoeMemory third = moe_memory(v3, {1, 1, 512, 3, 2, 4, 8, false}, 64);
  EXPECT_NEAR(third.weights, 2 * all / 512, 1);
  EXPECT_NEAR(third.gradients, 4 * all / 512, 1);
  // Each expert on one GPU: no other holds it, so nothing shards its state.
  const MoeMemory split = moe_memory(v3, {16, 32, 512, 1, 2, 4, 8, true}, 64);
  EXPECT_NEAR(split.weights, 4 * (routed / 512 + (all - routed) / 16), 1);
  EXPECT_NEAR(split.optimizer, 8 * (routed / 512 + (all - routed) / 512), 1);
}

TEST(PlanMemory, PolicyByHand) {
  const ModelConfig model = small_model();
  const ComputeSettings compute{Dtype::kF32, 128, 64, false};
  // 96*32 twice, and a layer: 2 norms, qkv (32+16+16)*32, output 32*32, gate, up and down 64*32.
  const int64_t layer = 2 * 32 + 64 * 32 + 32 * 32 + 3 * 64 * 32;
  const int64_t parameters = 2 * 96 * 32 + 3 * layer + 32;
  const Policy::Memory memory = Policy::memory(model, compute);
  EXPECT_EQ(model.num_parameters(), parameters);
  EXPECT_EQ(memory.master, 0);  // the weights themselves
  EXPECT_EQ(memory.gradients, 4 * parameters);
  // A row of a layer: input, norm1, middle, norm2 (32 each), qkv 64, attention 32, lse 4,
  // gate and up 128, act 64, two rstd. Then output, hidden, rstd and the hidden's gradient.
  const int64_t kept = 3 * (4 * 32 + 64 + 32 + 4 + 128 + 64 + 2) + 32 + 32 + 1 + 32;
  // Beside them at the worst moment: the gradients of the SwiGLU block, 64 + 128 + 32 a row, or the
  // head: hidden, logits and their gradient of a chunk of all 128 rows, three sums, the result.
  const int64_t block = 64 + 128 + 32, head = 32 + 96 + 96 + 3 + 32;
  const int64_t page = 2 * 2 * 8 * 32 * 4;  // 32 tokens; short sequences fill theirs badly, so
  EXPECT_EQ(memory.training, 4 * 128 * (kept + std::max(block, head)) + (128 / 8 + 1) * page);
  EXPECT_LT(memory.scoring, memory.training);
}

// mesh.tp=2: a rank has half of the heads, of the block's width and of the residual stream's rows.
TEST(PlanMemory, PartOfAPolicyByHand) {
  const ComputeSettings compute{Dtype::kF32, 128, 64, false};
  const Policy::Memory memory = Policy::memory(small_model(), compute, 2);
  const int64_t kept = 3 * ((32 + 32 + 2) / 2 + 2 * 32 + (64 + 32 + 4 + 128 + 64) / 2);
  const int64_t tail_halves = 32 + 1, tail = 32 + 32;  // output and rstd; hidden and its gradient
  const int64_t block = 32 + 64 + 32, head = 32 + 48 + 48 + 3 + 32;
  const int64_t page = 2 * 1 * 8 * 32 * 4;
  EXPECT_EQ(memory.training, 4 * 128 * (kept + tail + std::max(block, head)) +
                                 4 * 64 * tail_halves + (128 / 8 + 1) * page);
  const int64_t layer = 2 * 32 + (64 * 32 + 32 * 32 + 3 * 64 * 32) / 2;
  EXPECT_EQ(memory.gradients, 4 * (96 * 32 + 3 * layer + 32));
}

// Of a large vocabulary a chunk of logits is the larger part: it is shared as well.
TEST(PlanMemory, PartsShareTheLogits) {
  ModelConfig model = small_model();
  model.vocab = 131072;
  ComputeSettings compute{Dtype::kF32, 4096, 64, false};
  for (const Device device : {Device::kCpu, Device::kCuda}) {
    compute.device = device;
    const int64_t whole = Policy::memory(model, compute).training;
    EXPECT_LT(Policy::memory(model, compute, 2).training, whole * 6 / 10);
  }
}

TEST(PlanMemory, TiedHeadsSumTheLookupApart) {
  ModelConfig model = small_model();
  model.tied_head = true;
  const Policy::Memory memory = Policy::memory(model, {Dtype::kF32, 128, 64, false});
  EXPECT_EQ(memory.gradients - 4 * model.num_parameters(), 4 * 96 * 32);
}

TEST(PlanMemory, RecomputationAndSmallerBatchesTakeLess) {
  const ModelConfig model = model_named("SmolLM2-135M");
  const Policy::Memory all = Policy::memory(model, {Dtype::kF32, 4096, 2048, false});
  const Policy::Memory again = Policy::memory(model, {Dtype::kF32, 4096, 2048, true});
  const Policy::Memory half = Policy::memory(model, {Dtype::kF32, 2048, 2048, false});
  const Policy::Memory narrow = Policy::memory(model, {Dtype::kBf16, 4096, 2048, false});
  EXPECT_LT(3 * again.training, all.training);
  EXPECT_LT(half.training, all.training);
  EXPECT_LT(narrow.training, all.training * 6 / 10);
}

TEST(PlanMemory, AMasterIsACopyWhereItIsOfAnotherDtypeOrDevice) {
  const ModelConfig model = small_model();
  const auto master = [&](const ComputeSettings& compute) {
    return Policy::memory(model, compute).master / model.num_parameters();
  };
  ComputeSettings compute{Dtype::kBf16, 128, 64, false};
  EXPECT_EQ(master(compute), 4);
  compute.master = Dtype::kBf16;
  EXPECT_EQ(master(compute), 0);
  compute.device = Device::kCuda;
  EXPECT_EQ(master(compute), 0);
  compute.offload_optimizer = true;
  EXPECT_EQ(master(compute), 2);
  EXPECT_EQ(master(compute.never_trained()), 0);
}

TEST(PlanMemory, LargeModelsAreCountedWithoutMemory) {
  const Policy::Memory memory =
      Policy::memory(model_named("Llama-3.1-70B"), {Dtype::kBf16, 8192, 8192, true});
  EXPECT_EQ(memory.master, 4 * 70553706496);
  const auto engine = Engine::memory(model_named("Llama-3.1-70B"), Dtype::kBf16, Device::kCpu,
                                     {64, 131072, 2048, 8192});
  EXPECT_EQ(engine.cache, 131072LL * 80 * 2 * 8 * 128 * 2);
}

TEST(PlanMemory, OptimizerIsSharded) {
  OptimizerConfig config;
  config.bucket_elements = 100;
  const auto one = ShardedAdamW::memory(config, 1000, 0, 1, Dtype::kF32);
  EXPECT_EQ(one.moments, 2 * 4 * 1000);
  EXPECT_EQ(one.reduced, 0);  // it reduces with nobody
  EXPECT_EQ(one.in_flight, 0);
  const auto four = ShardedAdamW::memory(config, 1000, 0, 4, Dtype::kF32);
  EXPECT_EQ(four.moments, 2 * 4 * 250);
  EXPECT_EQ(four.reduced, 4 * 250);
  EXPECT_EQ(four.in_flight, 4 * 8 * 100);  // ten buckets, eight at a time
  // 950: the last bucket is padded, and rank 0 owns a whole slice of it.
  const auto padded = ShardedAdamW::memory(config, 950, 0, 4, Dtype::kF32);
  EXPECT_EQ(padded.moments, 2 * 4 * 250);
  EXPECT_EQ(padded.reduced, 4 * (250 + 100));
  EXPECT_EQ(padded.in_flight, 4 * 8 * 100);
}

TEST(PlanTime, ProductsOfTrainingAndScoring) {
  const ModelConfig model = small_model();
  RankRates rates = free_cluster(1).rates;
  rates.matmul_f32_gflops = 1;
  const int64_t layer = 64 * 32 + 32 * 32 + 3 * 64 * 32, head = 96 * 32;
  const RankTime time(model, {Dtype::kF32, 128, 64, false}, rates);
  EXPECT_NEAR(time.score(10, 4, 8), 2e-9 * (10 * 3 * layer + 4 * head), 1e-12);
  EXPECT_NEAR(time.train(10, 4, 8), 6e-9 * (10 * 3 * layer + 4 * head), 1e-12);
  const RankTime again(model, {Dtype::kF32, 128, 64, true}, rates);
  EXPECT_NEAR(again.train(10, 4, 8), 2e-9 * (10 * 4 * 3 * layer + 3 * 4 * head), 1e-12);
}

TEST(PlanTime, AttentionGrowsWithTheLength) {
  RankRates rates = free_cluster(1).rates;
  rates.attention_gflops = 1;
  const RankTime time(small_model(), {Dtype::kF32, 128, 64, false}, rates);
  // Scores and sums of values: 4 FLOP a pair and channel, over half of the pairs; 3 x 32 channels.
  EXPECT_NEAR(time.score(100, 0, 50), 4e-9 * 96 * 100 * 25, 1e-12);
  EXPECT_NEAR(time.train(100, 0, 50), 14e-9 * 96 * 100 * 25, 1e-12);
}

TEST(PlanTime, DecodeReadsWeightsOrComputes) {
  RankRates rates = free_cluster(1).rates;
  rates.matmul_f32_gflops = 1;
  rates.memory_gbytes = 10;
  const RankTime time(small_model(), {Dtype::kF32, 128, 64, false}, rates);
  const double macs = 3 * (64 * 32 + 32 * 32 + 3 * 64 * 32) + 96 * 32;
  EXPECT_NEAR(time.decode(5, 1, 0), 5 * 2e-9 * macs, 1e-12);  // 0.4 ns a weight is less
  rates.matmul_f32_gflops = 100;
  const RankTime reading(small_model(), {Dtype::kF32, 128, 64, false}, rates);
  EXPECT_NEAR(reading.decode(5, 1, 0), 5 * 4e-10 * macs, 1e-12);
  EXPECT_NEAR(reading.decode(5, 40, 0), 5 * 2e-11 * macs * 40, 1e-12);
}

// Two ranks do the work in half the time, and send each other half of the rows 4 times a layer and
// twice more, in as many calls a micro-batch of 128 tokens; 7 norms are added up in turn.
TEST(PlanTime, RanksOfAModelShareTheWorkAndTalk) {
  RankRates rates = free_cluster(1).rates;
  rates.matmul_f32_gflops = rates.attention_gflops = rates.elements_g = 1;
  rates.decode_attention_gflops = rates.memory_gbytes = 1;
  rates.node_link_gbytes = 1;
  rates.latency_us = 3;
  const ComputeSettings compute{Dtype::kF32, 128, 64, false};
  const RankTime one(small_model(), compute, rates), two(small_model(), compute, rates, 2);
  const double a_row = 1e-9 * 32 * 4 / 2, a_call = 2 * 3e-6;
  EXPECT_NEAR(two.score(300, 10, 50), one.score(300, 10, 50) / 2 + 14 * (300 * a_row + 3 * a_call),
              1e-12);
  EXPECT_NEAR(two.train(300, 10, 50),
              one.train(300, 10, 50) / 2 + 28 * (300 * a_row + 3 * a_call) + 7 * 3 * a_call, 1e-12);
  const RankTime one_again(small_model(), {Dtype::kF32, 128, 64, true}, rates);
  const RankTime two_again(small_model(), {Dtype::kF32, 128, 64, true}, rates, 2);
  EXPECT_NEAR(
      two_again.train(300, 10, 50),
      one_again.train(300, 10, 50) / 2 + (28 + 9) * (300 * a_row + 3 * a_call) + 7 * 3 * a_call,
      1e-12);
  EXPECT_NEAR(two.update(4), one.update(4) / 2, 1e-12);
  // A row of logits is 96 wide, one of the hidden state 32.
  EXPECT_NEAR(two.decode(5, 7, 100),
              one.decode(5, 7, 100) / 2 + 5 * (14 * (7 * a_row + a_call) + 7 * 3 * a_row + a_call),
              1e-12);
}

JobWork rollout_work(int64_t prompts, int64_t samples) {
  JobWork work;
  work.model = small_model();
  work.compute = {Dtype::kF32, 128, 64, false};
  work.prompts = prompts;
  work.samples = samples;
  work.prompt_tokens = 8;
  work.response_tokens = 10;
  work.max_new_tokens = 1000;
  work.engine = {samples, 1 << 20, 128, 1008};
  return work;
}

TEST(PlanRollout, RoundsAreThoseOfTheLongest) {
  ClusterConfig cluster = free_cluster(1);
  cluster.rates.layer_us = 1e6;  // a second a layer and round
  const std::vector<int64_t> lengths = {10, 20, 30, 40};
  const RolloutTime one = simulate_rollout(rollout_work(1, 4), cluster, lengths);
  EXPECT_NEAR(one.seconds, 3 * 40, 1e-6);
  EXPECT_NEAR(one.idle, 0, 1e-9);
  EXPECT_NEAR(one.last_wave, 10.0 / 40, 1e-9);  // one of four runs alone for ten rounds
}

TEST(PlanRollout, RanksWaitForTheLongest) {
  ClusterConfig cluster = free_cluster(2);
  cluster.rates.layer_us = 1e6;
  const std::vector<int64_t> lengths = {10, 10, 50, 50};  // two prompts, one for each rank
  const RolloutTime two = simulate_rollout(rollout_work(2, 2), cluster, lengths);
  EXPECT_NEAR(two.seconds, 3 * 50, 1e-6);
  EXPECT_NEAR(two.idle, 40.0 / 100, 1e-9);
}

TEST(PlanRollout, TheQueueIsShared) {
  ClusterConfig cluster = free_cluster(2);
  cluster.rates.layer_us = 1e6;
  // One prompt at a time: rank 1 takes the short ones while rank 0 has the long one.
  const std::vector<int64_t> lengths = {30, 10, 10, 10};
  const RolloutTime shared = simulate_rollout(rollout_work(4, 1), cluster, lengths);
  EXPECT_NEAR(shared.seconds, 3 * 30, 1e-6);
  EXPECT_NEAR(shared.idle, 0, 1e-9);
}

TEST(PlanRollout, LengthsHaveTheirMean) {
  const auto lengths = draw_lengths(20000, 100, 0.6, 10000);
  const double mean = std::accumulate(lengths.begin(), lengths.end(), 0.0) / 20000;
  double variance = 0;
  for (const int64_t length : lengths) variance += std::pow(length - mean, 2) / 20000;
  EXPECT_NEAR(mean, 100, 2);
  EXPECT_NEAR(std::sqrt(variance) / mean, 0.6, 0.03);
  for (const int64_t length : draw_lengths(100, 100, 2, 50)) EXPECT_LE(length, 50);
}

TEST(PlanStep, Traffic) {
  JobWork work;
  work.model = small_model();
  work.compute = {Dtype::kF32, 128, 64, false};
  work.updates = 3;
  work.sequences = 24;
  work.sequence_tokens = 20;
  work.bucket_elements = 1000;
  ClusterConfig cluster = free_cluster(4);
  cluster.rates.node_link_gbytes = 1;
  const StepTime step = predict_step(work, cluster);
  const double bytes = 3 * 4.0 * static_cast<double>(work.model.num_parameters()) * 3 / 4;
  EXPECT_NEAR(step.traffic.reduce_scatter, bytes, 1);
  EXPECT_NEAR(step.traffic.all_gather, bytes, 1);
  EXPECT_NEAR(step.communication, 2e-9 * bytes, 1e-12);
  EXPECT_EQ(predict_step(work, free_cluster(1)).traffic.all_gather, 0);
  work.mesh.tp = 2;  // half of the model, two ranks that have it
  EXPECT_NEAR(predict_step(work, cluster).traffic.all_gather, bytes / 3, 1);
}

TEST(PlanMeasure, SolvesForTheRates) {
  // 2 a + 3 b = 1, a + 5 b = 1, 4 a + b = 1 has a = 2/7, b = 1/7 for the first two.
  const auto x = least_relative_squares({{2, 3}, {1, 5}});
  EXPECT_NEAR(x[0], 2.0 / 7, 1e-9);
  EXPECT_NEAR(x[1], 1.0 / 7, 1e-9);
  // Its exact solution has a negative part: the best without it.
  const auto y = least_relative_squares({{1, 3}, {2, 4}});
  EXPECT_EQ(y[0], 0);
  EXPECT_NEAR(y[1], 7.0 / 25, 1e-9);
}

TEST(PlanReport, WhatDoesNotFitIsSaidWithNumbers) {
  JobWork work;
  work.name = "big";
  work.model = model_named("Qwen2.5-7B");
  work.compute = {Dtype::kBf16, 16384, 4096, false};
  work.updates = 1;
  work.memory = [&](const ComputeSettings& compute, int ranks) {
    return training_memory(work.model, compute, {}, {}, ranks);
  };
  const std::string reason = misfit(work, cluster_of("8xH100"));
  EXPECT_THAT(reason, HasSubstr("big does not fit: a rank needs"));
  EXPECT_THAT(reason, HasSubstr("has 74.51 GiB"));
  EXPECT_THAT(reason, HasSubstr("compute.recompute = true"));
  EXPECT_THAT(reason, HasSubstr("32"));  // ranks
  // A change that is made already is not proposed, nor built upon.
  work.compute = {Dtype::kBf16, 65536, 4096, true};
  const std::string again = misfit(work, cluster_of("8xH100"));
  EXPECT_THAT(again, HasSubstr("What would lower that: compute.micro_batch_tokens = 16384"));
  work.compute = {Dtype::kBf16, 16384, 4096, false};
  work.model = model_named("Qwen2.5-0.5B");
  EXPECT_EQ(misfit(work, cluster_of("8xH100")), "");
}

TEST(PlanReport, AnArrayStaysOne) {
  JobWork work;
  work.name = "samples";
  work.model = small_model();
  work.memory = [&](const ComputeSettings& compute, int ranks) {
    return training_memory(work.model, compute, {}, {}, ranks);
  };
  EXPECT_THAT(recommended_slurm(work, free_cluster(1), {}), Not(HasSubstr("array")));
  work.array = 4;
  EXPECT_THAT(recommended_slurm(work, free_cluster(1), {}), HasSubstr("\narray = 4\n"));
}

TEST(PlanJobs, RanksThatTheMeshDoesNotDivideAreRefused) {
  const auto refusal = [](int nodes, int ranks_per_node, const MeshConfig& mesh) {
    return testing::message_of([&] { check_ranks("a", nodes, ranks_per_node, mesh); });
  };
  EXPECT_EQ(refusal(3, 1, {}), "no error");
  EXPECT_EQ(refusal(2, 3, {.tp = 2}), "no error");
  EXPECT_EQ(refusal(2, 3, {.dp = 3, .tp = 2}), "no error");
  EXPECT_THAT(refusal(3, 1, {.tp = 2}), HasSubstr("a: 3 nodes of 1 ranks are 3 ranks, which "
                                                  "mesh.tp = 2 does not divide"));
  EXPECT_THAT(refusal(1, 1, {.tp = 2}), HasSubstr("does not divide"));  // one rank is no half
  EXPECT_THAT(refusal(2, 3, {.dp = 2, .tp = 2}), HasSubstr("mesh.dp = 2 do not make"));
}

TEST(PlanCluster, UnknownNamesAreRefused) {
  EXPECT_THROW(cluster_of("8xB200"), Error);
  EXPECT_THROW(model_named("Qwen2.5-8B"), Error);
}

}  // namespace
}  // namespace r1
