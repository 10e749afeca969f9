// Training, decoding and a whole step of GRPO on a GPU, for the shapes of Qwen2.5 with random
// weights, beside what the GPU copies and multiplies at most:
//   cuda_model_bench [0.5B|1.5B|7B ...] [--part limits|train|decode|step]
//                    [--products own|pinned|fastest]
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "libr1/core/gpu.h"
#include "libr1/core/thread_pool.h"
#include "libr1/model/init.h"
#include "libr1/optim/sharded_adamw.h"
#include "libr1/rollout/engine.h"
#include "libr1/train/policy.h"
#include "tests/bench/bench_models.h"
#include "tests/bench/limits.h"

namespace r1::bench {
namespace {

using ops::Products;

struct GpuLimits {
  double bytes_per_s = 0;  // read and written by a copy
  double flops = 0;        // of the fastest product in bf16
};

double gpu_seconds(const std::function<void()>& work) {
  return median_seconds([&] {
           for (int i = 0; i < 10; ++i) work();
           gpu::synchronize({});
         }) /
         10;
}

GpuLimits measure_gpu_limits() {
  GpuLimits limits;
  constexpr int64_t kElements = int64_t{1} << 30;
  const Tensor from({kElements}, Dtype::kBf16, Device::kCuda),
      to({kElements}, Dtype::kBf16, Device::kCuda);
  const double copy = gpu_seconds(
      [&] { gpu::copy(from.view().bytes, to.view().bytes, from.view().size_in_bytes(), {}); });
  limits.bytes_per_s = 2.0 * static_cast<double>(from.view().size_in_bytes()) / copy;
  constexpr int kSize = 8192;
  const Tensor a({kSize, kSize}, Dtype::kBf16, Device::kCuda),
      b({kSize, kSize}, Dtype::kBf16, Device::kCuda),
      y({kSize, kSize}, Dtype::kBf16, Device::kCuda);
  std::printf("%s: copies %.2f TB/s; a product of 8192^3 in bf16:", gpu::name(0).c_str(),
              limits.bytes_per_s / 1e12);
  for (const EnumName<Products>& kind : enum_names(Products{})) {
    try {
      const auto library = ops::product_library(kind.value);
      const Stream stream{nullptr, nullptr, library.get()};
      const double rate = 2.0 * kSize * kSize * kSize / gpu_seconds([&] {
                            ops::linear_forward(a, {b.view(), {}, {}}, y, stream);
                          });
      limits.flops = std::max(limits.flops, rate);
      std::printf(" %s %.1f TFLOP/s", std::string(kind.name).c_str(), rate / 1e12);
    } catch (const Error& error) {
      std::printf(" (%s)", error.what());
    }
  }
  std::printf("\n");
  return limits;
}

struct BenchShape {
  std::string name;
  ModelConfig config;
  Products products = Products::kOwn;
};

std::vector<BenchShape> shapes() {
  const auto qwen = [](ModelConfig config, bool tied) {
    config.max_positions = 32768;
    config.rope_theta = 1e6;
    config.qkv_bias = true;
    config.tied_head = tied;
    return config;
  };
  return {{"0.5B", qwen(dense(151936, 896, 24, 14, 2, 4864), true)},
          {"1.5B", qwen(dense(151936, 1536, 28, 12, 2, 8960), true)},
          {"7B", qwen(dense(152064, 3584, 28, 28, 4, 18944), false)}};
}

ComputeSettings compute_of(const BenchShape& shape, int64_t context) {
  return {Dtype::kBf16, context, context, false, Device::kCuda, false, shape.products};
}

// Gives up what training can do without, one after another, where it would not fit otherwise.
ComputeSettings trainable(const BenchShape& shape, int64_t context) {
  ComputeSettings compute = compute_of(shape, context);
  const auto fits = [&] {
    const Policy::Memory memory = Policy::memory(shape.config, compute);
    return memory.weights() + 3 * memory.gradients + memory.training <=
           gpu::memory_info().free_bytes / 10 * 9;
  };
  if (!fits()) compute.recompute = true;
  if (!fits()) compute.master = Dtype::kBf16;
  return compute;
}

std::unique_ptr<Policy> make_policy(const BenchShape& shape, const ComputeSettings& compute,
                                    Stream stream) {
  auto policy = std::make_unique<Policy>(shape.config, compute, stream);
  initialize(shape.config, {}, 1, policy->master());
  policy->refresh();
  return policy;
}

// One update on the sequences.
void update(Policy& policy, ShardedAdamW& optimizer, std::span<const TrainSequence> sequences) {
  policy.zero_grads();
  policy.accumulate(
      sequences, 1,
      [&](size_t, int64_t, std::span<const double>, std::span<const double>,
          std::span<double> dlogprob) { std::fill(dlogprob.begin(), dlogprob.end(), -1e-5); },
      [&](int64_t begin, int64_t count) {
        optimizer.gradients_ready(policy.grads(), begin, count);
      });
  optimizer.step(policy.grads());
  policy.refresh();
  gpu::synchronize({});
}

void bench_training(const BenchShape& shape, int64_t context, const GpuLimits& limits,
                    Stream stream) {
  const ComputeSettings compute = trainable(shape, context);
  const auto policy = make_policy(shape, compute, stream);
  const auto group = self_group();
  ShardedAdamW optimizer({}, policy->master(), *group, stream);
  std::vector<std::vector<int32_t>> tokens;
  for (uint32_t i = 0; i < 4; ++i) tokens.push_back(random_tokens(context, shape.config.vocab, i));
  const std::vector<TrainSequence> sequences(tokens.begin(), tokens.end());
  const double time = median_seconds([&] { update(*policy, optimizer, sequences); });
  const double count = 4.0 * static_cast<double>(context);
  // 6 N and, for attention, 6 layers hidden length (Kaplan et al., 2020; causal). What is
  // recomputed does not count as work.
  const double flops = 6.0 * static_cast<double>(shape.config.matmul_size()) +
                       6.0 * static_cast<double>(shape.config.layers * shape.config.heads *
                                                 shape.config.head_dim * context);
  std::printf("%-4s train, 4 x %5lld: %9.0f tokens/s, MFU %4.1f %% of the measured product%s%s\n",
              shape.name.c_str(), static_cast<long long>(context), count / time,
              100 * flops * count / time / limits.flops, compute.recompute ? ", recomputed" : "",
              compute.master == Dtype::kBf16 ? ", master of bf16" : "");
}

std::vector<Sample> generate(Policy& policy, int64_t batch, int64_t prompt, int64_t new_tokens,
                             int64_t samples) {
  const int64_t each = prompt + new_tokens + 2 * ops::kPageTokens;
  const int64_t sequences = batch * samples;
  Engine engine(policy.model(), word_tokenizer(),
                {sequences, (sequences + 2) * each, std::max<int64_t>(8192, sequences), each});
  SamplingSettings settings;
  settings.num_samples = static_cast<int32_t>(samples);
  settings.max_new_tokens = new_tokens;
  int64_t next = 0;
  return engine.generate(
      [&]() -> std::optional<RolloutRequest> {
        if (next == batch) return std::nullopt;
        ++next;
        return RolloutRequest{
            next, random_tokens(prompt, policy.config().vocab, static_cast<uint32_t>(next))};
      },
      settings, Random(1, "bench"), 0);
}

void bench_decoding(const BenchShape& shape, int64_t batch, int64_t context,
                    const GpuLimits& limits, Policy& policy) {
  constexpr int64_t kTokens = 33;
  // Prompts of their own for each sequence; their prefill is in both times.
  const double first = seconds([&] { generate(policy, batch, context, 1, 1); });
  const double all = seconds([&] { generate(policy, batch, context, kTokens, 1); });
  const double per_round = (all - first) / (kTokens - 1);
  const ModelConfig& c = shape.config;
  // A round reads every weight, and the keys and values of every sequence.
  const double bytes =
      2.0 * static_cast<double>(c.matmul_size()) +
      static_cast<double>(batch * context * c.layers * 2 * c.kv_heads * c.head_dim * 2);
  std::printf(
      "%-4s decode, batch %4lld, context %4lld: %9.0f tokens/s, %4.1f %% of the copy rate\n",
      shape.name.c_str(), static_cast<long long>(batch), static_cast<long long>(context),
      static_cast<double>(batch) / per_round, 100 * bytes / per_round / limits.bytes_per_s);
}

// Eight prompts, eight samples of 1024 tokens each; an update on all of them.
void bench_step(const BenchShape& shape, Stream stream) {
  const auto policy = make_policy(shape, trainable(shape, 2048), stream);
  const auto reference = make_policy(shape, compute_of(shape, 2048).never_trained(), stream);
  const auto group = self_group();
  ShardedAdamW optimizer({}, policy->master(), *group, stream);
  std::vector<Sample> samples;
  const double rollout = seconds([&] { samples = generate(*policy, 8, 256, 1024, 8); });
  std::vector<std::vector<int32_t>> tokens;
  std::vector<TrainSequence> sequences;
  for (const Sample& sample : samples) {
    tokens.push_back(sample.prompt);
    tokens.back().insert(tokens.back().end(), sample.tokens.begin(), sample.tokens.end());
  }
  for (const auto& ids : tokens) sequences.push_back({ids, 256});
  const double scoring = seconds([&] { reference->logprobs(sequences, 1); });
  const double training = seconds([&] { update(*policy, optimizer, sequences); });
  std::printf(
      "%-4s a step of GRPO, 8 x 8 x 1024: %.1f s (rollout %.1f, reference %.1f, update %.1f)\n",
      shape.name.c_str(), rollout + scoring + training, rollout, scoring, training);
}

Products products_named(const std::string& name) {
  for (const EnumName<Products>& kind : enum_names(Products{}))
    if (kind.name == name) return kind.value;
  throw_error(Fault::kInput, concat("--products ", name, ": expected own, pinned or fastest"));
}

// What does not fit is said, and the rest goes on.
void attempt(const std::string& what, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    std::printf("%s: %s\n", what.c_str(), error.what());
  }
  std::fflush(stdout);
}

void bench(const BenchShape& shape, const std::string& part, const GpuLimits& limits,
           Stream stream) {
  if (part.empty() || part == "train")
    for (const int64_t context : {4096, 16384})
      attempt(shape.name + " train", [&] { bench_training(shape, context, limits, stream); });
  if (part.empty() || part == "decode")
    attempt(shape.name + " decode", [&] {
      const auto policy = make_policy(shape, compute_of(shape, 8192 + 256).never_trained(), stream);
      for (const int64_t context : {1024, 8192})
        for (const int64_t batch : {1, 64, 256, 1024})
          attempt(concat(shape.name, " decode, batch ", batch, ", context ", context),
                  [&] { bench_decoding(shape, batch, context, limits, *policy); });
    });
  if (part.empty() || part == "step")
    attempt(shape.name + " step", [&] { bench_step(shape, stream); });
}

}  // namespace
}  // namespace r1::bench

int main(int argc, char** argv) {
  using namespace r1;
  if (gpu::count() == 0) {
    std::fprintf(stderr, "cuda_model_bench: no GPU here (%s)\n", gpu::why_none().c_str());
    return 64;
  }
  std::string part;
  ops::Products products = ops::Products::kOwn;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--part") == 0 && i + 1 < argc)
      part = argv[++i];
    else if (std::strcmp(argv[i], "--products") == 0 && i + 1 < argc)
      products = bench::products_named(argv[++i]);
    else
      names.push_back(argv[i]);
  }
  ThreadPool pool(available_cores());
  const bench::GpuLimits limits = bench::measure_gpu_limits();
  for (bench::BenchShape& shape : bench::shapes()) {
    if (part == "limits") break;
    if (!names.empty() && std::ranges::find(names, shape.name) == names.end()) continue;
    shape.products = products;
    bench::bench(shape, part, limits, {&pool});
  }
}
