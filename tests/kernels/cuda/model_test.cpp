// Whole models on a GPU, or the emulation of one: what a policy and an engine compute there is what
// they compute on the CPU, and what rollouts record is what training computes, to the last bit.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "libr1/core/thread_pool.h"
#include "libr1/ops/elementwise.h"
#include "libr1/optim/sharded_adamw.h"
#include "libr1/rollout/engine.h"
#include "libr1/tensor/transfer.h"
#include "libr1/train/training_checkpoint.h"
#include "tests/kernels/cuda/device_array.h"
#include "tests/unit/model/tiny_models.h"
#include "tests/unit/model/word_tokenizer.h"

namespace r1 {
namespace {

using testing::as_train_sequences;
using testing::random_sequences;
using testing::word_tokenizer;

const auto kNoRange = [](int64_t, int64_t) {};

ComputeSettings settings(Device device, Dtype dtype, int64_t micro_batch_tokens = 96) {
  return {dtype, micro_batch_tokens, 96, false, device};
}

struct TestPolicy : Policy {
  TestPolicy(const ModelConfig& config, const ComputeSettings& compute)
      : Policy(config, compute, {}) {
    testing::randomize(*this);
  }
};

std::vector<double> flat(const std::vector<std::vector<double>>& parts) {
  std::vector<double> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<double> values_of(const ParamSet& params) { return testing::values_of(params.flat()); }

std::vector<double> gradient(Policy& policy, std::span<const TrainSequence> sequences) {
  const auto loss = [](size_t sequence, int64_t first, std::span<const double> logprob,
                       std::span<const double> entropy, std::span<double> dlogprob) {
    for (size_t i = 0; i < logprob.size(); ++i)
      dlogprob[i] = 0.3 + 0.1 * static_cast<double>(sequence) + 0.01 * static_cast<double>(first) +
                    0.1 * logprob[i] + 0.05 * entropy[i];
  };
  policy.zero_grads();
  policy.accumulate(sequences, 0.7, loss, kNoRange);
  return values_of(policy.grads());
}

// Relative to the largest, as rounding is.
template <class T>
double difference(const std::vector<T>& a, const std::vector<T>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0, apart = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
    apart = std::max(apart, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return apart / largest;
}

struct Case {
  const char* name;
  ModelConfig config;
  Dtype dtype;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name << " " << to_string(c.dtype); }

class ModelOnGpu : public kernels::OnDevice, public ::testing::WithParamInterface<Case> {
 protected:
  const ModelConfig& config() const { return GetParam().config; }
  Dtype dtype() const { return GetParam().dtype; }
  double tolerance() const { return dtype() == Dtype::kF32 ? 2e-6 : 2e-2; }
};

TEST_P(ModelOnGpu, LogprobsAndGradientsAreThoseOfTheCpu) {
  TestPolicy gpu(config(), settings(Device::kCuda, dtype()));
  TestPolicy cpu(config(), settings(Device::kCpu, dtype()));
  const auto tokens = random_sequences({5, 40, 2, 33}, config().vocab);
  const auto sequences = as_train_sequences(tokens);
  EXPECT_LT(difference(flat(gpu.logprobs(sequences, 0.7)), flat(cpu.logprobs(sequences, 0.7))),
            tolerance());
  EXPECT_LT(difference(gradient(gpu, sequences), gradient(cpu, sequences)), tolerance());
}

TEST_P(ModelOnGpu, BitsDoNotDependOnTheOrderOfThreadsOrOnTheBatch) {
  TestPolicy policy(config(), settings(Device::kCuda, dtype()));
  TestPolicy wide(config(), settings(Device::kCuda, dtype(), 256));
  const auto tokens = random_sequences({15, 42, 3, 20}, config().vocab);
  const auto sequences = as_train_sequences(tokens);
  kernels::reseed(1);
  const auto logprobs = policy.logprobs(sequences, 1);
  const auto grad = gradient(policy, sequences);
  kernels::reseed(2);
  EXPECT_EQ(policy.logprobs(sequences, 1), logprobs);
  EXPECT_EQ(gradient(policy, sequences), grad);
  EXPECT_EQ(wide.logprobs(sequences, 1), logprobs);
  // Sequences are padded to whole steps: sums go on where they were cut.
  EXPECT_EQ(gradient(wide, sequences), grad);
}

Engine engine_of(const TestPolicy& policy, const Tokenizer& tokenizer) {
  return Engine(policy.model(), tokenizer, EngineLimits{16, 4096, 64, 96});
}

std::vector<Sample> generate(Engine& engine, int64_t vocab, const SamplingSettings& sampling,
                             const Engine::OnToken& on_token = nullptr) {
  const auto prompts = random_sequences({7, 40, 2}, vocab, 5);
  size_t next = 0;
  return engine.generate(
      [&]() -> std::optional<RolloutRequest> {
        if (next == prompts.size()) return std::nullopt;
        const auto question = static_cast<int64_t>(next++);
        return RolloutRequest{question, prompts[static_cast<size_t>(question)]};
      },
      sampling, Random(5, "rollout"), 3, on_token);
}

void expect_training_computes(TestPolicy& policy, const std::vector<Sample>& samples,
                              const SamplingSettings& sampling) {
  const auto prompts = random_sequences({7, 40, 2}, policy.config().vocab, 5);
  std::vector<std::vector<int32_t>> whole;
  for (const Sample& sample : samples) {
    whole.push_back(prompts[static_cast<size_t>(sample.question)]);
    whole.back().insert(whole.back().end(), sample.tokens.begin(), sample.tokens.end());
  }
  ASSERT_EQ(samples.size(), 9u);
  std::vector<TrainSequence> sequences;
  for (size_t i = 0; i < samples.size(); ++i)
    sequences.push_back(
        {whole[i], static_cast<int64_t>(whole[i].size() - samples[i].tokens.size())});
  const auto trained = policy.logprobs(sequences, sampling.inverse_temperature());
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(trained[i].size(), samples[i].logprobs.size());
    for (size_t t = 0; t < trained[i].size(); ++t)
      EXPECT_EQ(trained[i][t], static_cast<double>(samples[i].logprobs[t])) << i << " " << t;
  }
}

// The property that on-policy learning stands on, and the CPU's samples.
TEST_P(ModelOnGpu, RolloutsRecordWhatTrainingComputes) {
  const Tokenizer tokenizer = word_tokenizer();
  TestPolicy policy(config(), settings(Device::kCuda, dtype()));
  TestPolicy cpu(config(), settings(Device::kCpu, dtype()));
  SamplingSettings sampling;
  sampling.num_samples = 3;
  sampling.max_new_tokens = 20;
  sampling.stop_tokens = {2};
  sampling.rule.top_p = 0.95f;
  Engine engine = engine_of(policy, tokenizer);
  const auto samples = generate(engine, config().vocab, sampling);
  expect_training_computes(policy, samples, sampling);
  EXPECT_GT(engine.statistics().replayed_rounds, 0);
  if (dtype() == Dtype::kF32) {  // in bf16 a near tie may go the other way
    Engine on_host = engine_of(cpu, tokenizer);
    const auto on_cpu = generate(on_host, config().vocab, sampling);
    EXPECT_EQ(on_host.statistics().replayed_rounds, 0);
    for (size_t i = 0; i < samples.size(); ++i) EXPECT_EQ(samples[i].tokens, on_cpu[i].tokens);
  }
  // What was recorded reads the weights of today.
  const TensorView norm = policy.master()[policy.master().table().find("model.norm.weight")];
  std::vector<double> weights(static_cast<size_t>(norm.size()));
  read_values(norm, weights, {});
  for (double& weight : weights) weight *= 1.5;
  write_values(weights, norm, {});
  policy.refresh();
  const auto changed = generate(engine, config().vocab, sampling);
  expect_training_computes(policy, changed, sampling);
  EXPECT_GT(engine.statistics().replayed_rounds, 0);
  EXPECT_NE(changed.front().logprobs, samples.front().logprobs);
}

class RolloutOnGpu : public kernels::OnDevice {};

// Rounds are given to the GPU before the tokens of those before are known: neither that, nor
// preemption, nor who interrupts a sample shows in the samples.
TEST_F(RolloutOnGpu, SamplesAreTheCpusWhateverTheSchedule) {
  const ModelConfig config = testing::tiny_llama();
  const Tokenizer tokenizer = word_tokenizer();
  TestPolicy policy(config, settings(Device::kCuda, Dtype::kF32));
  TestPolicy cpu(config, settings(Device::kCpu, Dtype::kF32));
  SamplingSettings sampling;
  sampling.num_samples = 6;
  sampling.max_new_tokens = 45;
  sampling.stop_tokens = {2};
  const auto rollout = [&](const TestPolicy& of, const EngineLimits& limits,
                           RolloutStatistics& statistics) {
    std::map<std::pair<int64_t, int32_t>, std::vector<int32_t>> told;
    Engine engine(of.model(), tokenizer, limits);
    const auto samples = generate(engine, config.vocab, sampling,
                                  [&](int64_t question, int32_t sample, int32_t token) {
                                    auto& tokens = told[{question, sample}];
                                    tokens.push_back(token);
                                    return question != 1 || sample != 2 || tokens.size() < 4;
                                  });
    for (const Sample& sample : samples)
      EXPECT_EQ((told[{sample.question, sample.sample}]), sample.tokens);
    statistics = engine.statistics();
    return samples;
  };
  RolloutStatistics statistics;
  const auto expected = rollout(cpu, {16, 4096, 64, 96}, statistics);
  EXPECT_EQ(statistics.discarded_tokens, 0);
  int64_t discarded = 0, preemptions = 0;
  // The last has so few pages that samples make way for each other.
  for (const EngineLimits& limits :
       {EngineLimits{16, 4096, 64, 96}, {3, 512, 7, 96}, {18, 256, 64, 96}}) {
    const auto samples = rollout(policy, limits, statistics);
    ASSERT_EQ(samples.size(), expected.size());
    for (size_t i = 0; i < samples.size(); ++i) {
      EXPECT_EQ(samples[i].tokens, expected[i].tokens) << i;
      EXPECT_EQ(samples[i].reason, expected[i].reason) << i;
      EXPECT_EQ(samples[i].logprobs.size(), samples[i].tokens.size());
    }
    discarded += statistics.discarded_tokens;
    preemptions += statistics.preemptions;
  }
  EXPECT_GT(discarded, 0);
  EXPECT_GT(preemptions, 0);
}

// The master copy and its optimizer may be there or on the host.
struct Learner {
  Learner(const ModelConfig& config, Dtype dtype, bool offloaded, double clip_norm,
          Dtype master = Dtype::kF32)
      : policy(config,
               [&] {
                 ComputeSettings compute = settings(Device::kCuda, dtype);
                 compute.offload_optimizer = offloaded;
                 compute.master = master;
                 return compute;
               }()),
        optimizer({.clip_norm = clip_norm, .bucket_elements = 300}, policy.master(), *group, {}) {}

  void step(std::span<const TrainSequence> sequences) {
    policy.zero_grads();
    policy.accumulate(
        sequences, 1,
        [](size_t, int64_t, std::span<const double>, std::span<const double>,
           std::span<double> dlogprob) { std::ranges::fill(dlogprob, -0.01); },
        [&](int64_t begin, int64_t count) {
          optimizer.gradients_ready(policy.grads(), begin, count);
        });
    norms.push_back(optimizer.step(policy.grads()).grad_norm);
    policy.refresh();
  }

  std::unique_ptr<ProcessGroup> group = self_group();
  TestPolicy policy;
  ShardedAdamW optimizer;
  std::vector<double> norms;
};

// Also with a master of bf16: the weights themselves there, a copy on the host, rounded alike.
TEST_P(ModelOnGpu, AStepThereIsAStepOnTheHost) {
  const auto tokens = random_sequences({15, 42, 3, 20}, config().vocab);
  const auto sequences = as_train_sequences(tokens);
  for (const auto& [clip_norm, master] :
       {std::pair{0.0, Dtype::kF32}, {0.05, Dtype::kF32}, {0.0, dtype()}}) {
    Learner there(config(), dtype(), false, clip_norm, master);
    Learner here(config(), dtype(), true, clip_norm, master);
    EXPECT_EQ(there.policy.master().flat().device, Device::kCuda);
    EXPECT_EQ(here.policy.master().flat().device, Device::kCpu);
    const auto before = values_of(there.policy.master());
    for (int step = 0; step < 2; ++step) {
      there.step(sequences);
      here.step(sequences);
    }
    for (size_t i = 0; i < 2; ++i) EXPECT_NEAR(there.norms[i], here.norms[i], 1e-6);
    const auto found = values_of(there.policy.master()), expected = values_of(here.policy.master());
    EXPECT_NE(found, before);
    if (clip_norm == 0)
      EXPECT_EQ(found, expected);
    else
      EXPECT_LT(difference(found, expected), 1e-5);
  }
}

// What a GPU wrote goes on there and on the host.
TEST_P(ModelOnGpu, CheckpointsGoOnAnywhere) {
  const auto tokens = random_sequences({15, 42, 3, 20}, config().vocab);
  const auto sequences = as_train_sequences(tokens);
  Learner writer(config(), dtype(), false, 0);
  writer.step(sequences);
  const std::string folder = concat(::testing::TempDir(), "r1_gpu_checkpoint_", ::getpid());
  const ModelFacts facts{config(), word_tokenizer(), {{"test", 0, folder, "", "none"}}, ""};
  const std::string path =
      save_training(folder, 1, {writer.policy, writer.optimizer}, facts, {}, {});
  writer.step(sequences);
  for (const bool offloaded : {false, true}) {
    Learner reader(config(), dtype(), offloaded, 0);
    load_training(path, {reader.policy, reader.optimizer}, {});
    reader.step(sequences);
    EXPECT_EQ(values_of(reader.policy.master()), values_of(writer.policy.master()));
  }
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Families, ModelOnGpu,
                         ::testing::Values(Case{"llama", testing::tiny_llama(), Dtype::kF32},
                                           Case{"llama", testing::tiny_llama(), Dtype::kBf16},
                                           Case{"qwen2", testing::tiny_qwen2(), Dtype::kBf16},
                                           Case{"qwen3", testing::tiny_qwen3(), Dtype::kBf16},
                                           Case{"interleaved", testing::tiny_deepseek_rope(),
                                                Dtype::kF32}));

class DecodeOnGpu : public kernels::OnDevice, public ::testing::WithParamInterface<Dtype> {};

// Two sequences decode after more positions than a split has, a third is at the end of its prompt.
TEST_P(DecodeOnGpu, SplitsDoNotShowInTheBits) {
  const ops::AttentionDims dims{4, 2, 8};
  const std::vector<int32_t> pages = [] {
    std::vector<int32_t> ids(3 * 40);
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(ids.size() - 1 - i);
    return ids;
  }();
  const MirroredCopy<int32_t> on_gpu(pages, Device::kCuda, {});
  const auto sequences_of = [&](const int32_t* ids) {
    return std::vector<ops::AttentionSequence>{
        {0, 1, 1100, ids}, {1, 1, 530, ids + 40}, {2, 5, 600, ids + 80}};
  };
  const auto on_host = sequences_of(pages.data()), there = sequences_of(on_gpu.data());
  const MirroredCopy<ops::AttentionSequence> sequences(there, Device::kCuda, {});
  const auto random = [&](Shape shape) {
    const Tensor host(shape, Dtype::kF32);
    for (int64_t i = 0; i < shape.size(); ++i)
      host.view().data<float>()[i] =
          static_cast<float>(Random(4, "decode").normal(static_cast<uint32_t>(i)));
    const Tensor single = copied_to(host, Device::kCuda, {});
    Tensor result(shape, GetParam(), Device::kCuda);
    ops::convert(single, result, {});
    return result;
  };
  const Tensor qkv = random({7, dims.qkv_cols()}), k = random({120, dims.page_size()}),
               v = random({120, dims.page_size()});
  const Tensor lse({7, dims.heads}, Dtype::kF32, Device::kCuda);
  const auto attend = [&](int64_t scratch_size, bool in_splits) {
    const Tensor o({7, dims.heads * dims.head_dim}, GetParam(), Device::kCuda);
    const Tensor scratch({scratch_size}, Dtype::kF32, Device::kCuda);
    ops::attention_forward(dims, {on_host, sequences.data()}, qkv, {k, v}, o, lse, scratch, {});
    std::vector<double> values(7 * 32), used(static_cast<size_t>(scratch_size));
    read_values(o, values, {});
    read_values(scratch, used, {});
    EXPECT_EQ(std::ranges::any_of(used, [](double x) { return x != 0; }), in_splits);
    return values;
  };
  constexpr int64_t kEnough = 2 * 4 * 3 * 10;  // rows, heads, splits, head_dim + 2
  const auto expected = attend(1, false);
  EXPECT_NE(expected, std::vector<double>(7 * 32));
  EXPECT_EQ(attend(kEnough, true), expected);
  EXPECT_EQ(attend(kEnough - 1, false), expected);
}

INSTANTIATE_TEST_SUITE_P(Dtypes, DecodeOnGpu, ::testing::Values(Dtype::kF32, Dtype::kBf16));

class RewardModelOnGpu : public kernels::OnDevice, public ::testing::WithParamInterface<Dtype> {};

TEST_P(RewardModelOnGpu, ScoresAndTheirGradientAreThoseOfF32) {
  ModelConfig config = testing::tiny_llama();
  config.scalar_head = true;
  const auto tokens = random_sequences({5, 40, 2, 33}, config.vocab);
  std::vector<TrainSequence> sequences;
  for (const auto& t : tokens) sequences.push_back({t, 1});
  const auto result = [&](Device device, Dtype dtype) {
    TestPolicy policy(config, settings(device, dtype));
    std::vector<double> all = policy.scores(sequences);
    policy.zero_grads();
    policy.accumulate_scores(sequences, std::vector<double>{0.3, -0.2, 0.5, 0.1}, kNoRange);
    for (const float g : values_of(policy.grads())) all.push_back(g);
    return all;
  };
  const auto expected = result(Device::kCpu, Dtype::kF32);
  const double tolerance = GetParam() == Dtype::kF32 ? 2e-6 : 3e-2;
  EXPECT_LT(difference(result(Device::kCuda, GetParam()), expected), tolerance);
  EXPECT_LT(difference(result(Device::kCpu, GetParam()), expected), tolerance);
}

INSTANTIATE_TEST_SUITE_P(Dtypes, RewardModelOnGpu, ::testing::Values(Dtype::kF32, Dtype::kBf16));

}  // namespace
}  // namespace r1
