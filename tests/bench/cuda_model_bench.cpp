// Training, decoding and a whole step of GRPO on a GPU, for the shapes of Qwen2.5 with random
// weights, beside what the GPU copies and multiplies at most:
//   cuda_model_bench [0.5B|1.5B|7B ...] [--part limits|train|decode|step]
//                    [--products own|pinned|fastest] [--context TOKENS] [--small]
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "libr1/core/clock.h"
#include "libr1/core/gpu.h"
#include "libr1/core/thread_pool.h"
#include "libr1/optim/sharded_adamw.h"
#include "libr1/rollout/engine.h"
#include "libr1/train/policy.h"
#include "tests/bench/bench_models.h"
#include "tests/bench/gpu_values.h"
#include "tests/bench/limits.h"

namespace r1::bench {
namespace {

using ops::Products;

// What is measured: on a GPU, or in seconds on an emulated one, which shows that the bench works.
struct Sizes {
  int64_t copied = int64_t{1} << 30, product = 8192;
  std::vector<int64_t> train_contexts{4096, 16384}, decode_contexts{1024, 8192};
  std::vector<int64_t> batches{1, 64, 256, 1024};
  int64_t rounds = 128, round_tokens = 32768;
  int64_t questions = 8, samples = 8, prompt = 256, response = 1024;  // of a step of GRPO

  static Sizes small() { return {4096, 32, {32}, {16, 40}, {1, 3}, 4, 32, 2, 2, 8, 8}; }
  int64_t longest_decode() const {
    return 256 + (decode_contexts.empty() ? 0 : 2 * decode_contexts.back());
  }
};

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

GpuLimits measure_gpu_limits(const Sizes& sizes) {
  GpuLimits limits;
  const Tensor from({sizes.copied}, Dtype::kBf16, Device::kCuda),
      to({sizes.copied}, Dtype::kBf16, Device::kCuda);
  const double copy = gpu_seconds(
      [&] { gpu::copy(from.view().bytes, to.view().bytes, from.view().size_in_bytes(), {}); });
  limits.bytes_per_s = 2.0 * static_cast<double>(from.view().size_in_bytes()) / copy;
  const int64_t size = sizes.product;
  const Tensor a({size, size}, Dtype::kBf16, Device::kCuda),
      b({size, size}, Dtype::kBf16, Device::kCuda), y({size, size}, Dtype::kBf16, Device::kCuda);
  for (const Tensor* factor : {&a, &b}) fill_normal(factor->view(), 1);
  std::printf("%s: copies %.2f TB/s; a product of %lld^3 in bf16:", gpu::name(0).c_str(),
              limits.bytes_per_s / 1e12, static_cast<long long>(size));
  for (const EnumName<Products>& kind : enum_names(Products{})) {
    try {
      const auto library = ops::product_library(kind.value);
      const Stream stream{nullptr, nullptr, library.get()};
      const double rate = 2 * std::pow(static_cast<double>(size), 3) / gpu_seconds([&] {
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

std::vector<BenchShape> shapes(bool small) {
  const auto qwen = [](ModelConfig config, bool tied) {
    config.max_positions = 32768;
    config.rope_theta = 1e6;
    config.qkv_bias = true;
    config.tied_head = tied;
    return config;
  };
  if (small) return {{"tiny", qwen(dense(64, 32, 2, 2, 1, 64), true)}};
  return {{"0.5B", qwen(dense(151936, 896, 24, 14, 2, 4864), true)},
          {"1.5B", qwen(dense(151936, 1536, 28, 12, 2, 8960), true)},
          {"7B", qwen(dense(152064, 3584, 28, 28, 4, 18944), false)}};
}

ComputeSettings compute_of(const BenchShape& shape, int64_t context) {
  return {Dtype::kBf16, context, context, false, Device::kCuda, false, shape.products};
}

void fill_with_ones(const TensorView& to) {
  const auto count = static_cast<size_t>(to.size());
  if (to.dtype == Dtype::kBf16)
    copy_to(std::vector<Bf16>(count, narrow<Bf16>(1)), to);
  else
    copy_to(std::vector<float>(count, 1), to);
}

// Gives up what training can do without where it would not fit otherwise: a master of f32 first,
// which costs no time, then what activations are kept.
ComputeSettings trainable(const BenchShape& shape, int64_t context) {
  ComputeSettings compute = compute_of(shape, context);
  for (const bool recompute : {false, true})
    for (const Dtype master : {Dtype::kF32, Dtype::kBf16}) {
      compute.recompute = recompute;
      compute.master = master;
      const Policy::Memory memory = Policy::memory(shape.config, compute);
      if (memory.weights() + 3 * memory.gradients + memory.training <=
          gpu::memory_info().free_bytes / 10 * 9)
        return compute;
    }
  return compute;
}

std::unique_ptr<Policy> make_policy(const BenchShape& shape, const ComputeSettings& compute,
                                    Stream stream) {
  auto policy = std::make_unique<Policy>(shape.config, compute, stream);
  const ParamSet& params = policy->master();
  fill_normal(params.flat(), 0.02f);
  for (int i = 0; i < std::ssize(params.table().entries()); ++i)
    if (params.table()[i].name.ends_with("norm.weight")) fill_with_ones(params[i]);
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

// Prompts of their own for `questions` questions, answered by `samples` samples each.
struct Workload {
  int64_t questions = 1, prompt = 0, new_tokens = 0, samples = 1;
  int64_t round_tokens = 8192;
};

std::vector<Sample> generate(Policy& policy, const Workload& work,
                             const Engine::OnToken& on_token = nullptr) {
  const int64_t each = work.prompt + work.new_tokens + 2 * ops::kPageTokens;
  const int64_t sequences = work.questions * work.samples;
  Engine engine(policy.model(), word_tokenizer(),
                {sequences, (sequences + 2) * each, std::max(work.round_tokens, sequences), each});
  SamplingSettings settings;
  settings.num_samples = static_cast<int32_t>(work.samples);
  settings.max_new_tokens = work.new_tokens;
  int64_t next = 0;
  return engine.generate(
      [&]() -> std::optional<RolloutRequest> {
        if (next == work.questions) return std::nullopt;
        ++next;
        return RolloutRequest{
            next, random_tokens(work.prompt, policy.config().vocab, static_cast<uint32_t>(next))};
      },
      settings, Random(1, "bench"), 0, on_token);
}

// Seconds a round in which all of `batch` sequences decode: from when the last of them has begun to
// when the first has all its tokens. Those whose prompts were computed first have some by then.
double seconds_of_a_round(Policy& policy, const Sizes& sizes, int64_t batch, int64_t context) {
  constexpr int64_t kWarmUp = 8;
  const int64_t last_round = kWarmUp + sizes.rounds;
  const int64_t prefills = batch * context / (sizes.round_tokens - batch) + 8;
  std::vector<int64_t> tokens(static_cast<size_t>(batch + 1));
  std::vector<Clock::time_point> rounds;  // when the last to begin got a token
  int64_t begun = 0, last = 0;
  generate(policy, {batch, context, prefills + last_round + 2, 1, sizes.round_tokens},
           [&](int64_t question, int32_t, int32_t) {
             if (tokens[static_cast<size_t>(question)]++ == 0 && ++begun == batch) last = question;
             if (question == last) rounds.push_back(Clock::now());
             return std::ssize(rounds) <= last_round;
           });
  R1_CHECK(std::ssize(rounds) > last_round, "all sequences decoded together for only ",
           rounds.size(), " rounds");
  const auto at = [&](int64_t round) { return rounds[static_cast<size_t>(round)]; };
  return std::chrono::duration<double>(at(last_round) - at(kWarmUp)).count() /
         static_cast<double>(sizes.rounds);
}

void bench_decoding(const BenchShape& shape, const Sizes& sizes, int64_t batch, int64_t context,
                    const GpuLimits& limits, Policy& policy) {
  const double per_round = seconds_of_a_round(policy, sizes, batch, context);
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

// What a step of GRPO takes, in seconds.
struct StepTimes {
  double rollout = 0, reference = 0, update = 0;
  // Sampled, and those for which the reference's log-probability is not the rollout's.
  int64_t tokens = 0, different = 0;
};

StepTimes step_times(Policy& policy, Policy& reference, ShardedAdamW& optimizer,
                     const Workload& work) {
  StepTimes times;
  std::vector<Sample> samples;
  times.rollout = seconds([&] { samples = generate(policy, work); });
  std::vector<std::vector<int32_t>> tokens;
  std::vector<TrainSequence> sequences;
  for (const Sample& sample : samples) {
    tokens.push_back(sample.prompt);
    tokens.back().insert(tokens.back().end(), sample.tokens.begin(), sample.tokens.end());
  }
  for (const auto& ids : tokens) sequences.push_back({ids, work.prompt});
  std::vector<std::vector<double>> logprobs;
  times.reference = seconds([&] { logprobs = reference.logprobs(sequences, 1); });
  for (size_t i = 0; i < samples.size(); ++i)
    for (size_t t = 0; t < samples[i].logprobs.size(); ++t, ++times.tokens)
      times.different += logprobs[i][t] != static_cast<double>(samples[i].logprobs[t]) ? 1 : 0;
  times.update = seconds([&] { update(policy, optimizer, sequences); });
  return times;
}

void bench_step(const BenchShape& shape, const Sizes& sizes, Stream stream) {
  const int64_t positions = 256 + sizes.prompt + sizes.response;
  const auto policy = make_policy(shape, trainable(shape, positions), stream);
  const auto reference = make_policy(shape, compute_of(shape, positions).never_trained(), stream);
  const auto group = self_group();
  ShardedAdamW optimizer({}, policy->master(), *group, stream);
  // A few tokens first, to load kernels. Both models are still one.
  const StepTimes first =
      step_times(*policy, *reference, optimizer, {sizes.questions, sizes.prompt, 8, sizes.samples});
  std::printf("%-4s log-probabilities of rollout and training: %lld of %lld differ\n",
              shape.name.c_str(), static_cast<long long>(first.different),
              static_cast<long long>(first.tokens));
  const StepTimes t = step_times(*policy, *reference, optimizer,
                                 {sizes.questions, sizes.prompt, sizes.response, sizes.samples});
  std::printf(
      "%-4s a step of GRPO, %lld x %lld x %lld: %.2f s (rollout %.2f, reference %.2f, update "
      "%.2f)\n",
      shape.name.c_str(), static_cast<long long>(sizes.questions),
      static_cast<long long>(sizes.samples), static_cast<long long>(sizes.response),
      t.rollout + t.reference + t.update, t.rollout, t.reference, t.update);
}

// What does not fit is said, and the rest goes on.
void attempt(const std::string& what, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    std::printf("NOT MEASURED: %s: %s\n", what.c_str(), error.what());
  }
  std::fflush(stdout);
}

void bench(const BenchShape& shape, const Sizes& sizes, const std::string& part,
           const GpuLimits& limits, Stream stream) {
  if (part.empty() || part == "train")
    for (const int64_t context : sizes.train_contexts)
      attempt(concat(shape.name, " train, ", context),
              [&] { bench_training(shape, context, limits, stream); });
  if (part.empty() || part == "decode")
    attempt(shape.name + " decode", [&] {
      const auto policy =
          make_policy(shape, compute_of(shape, sizes.longest_decode()).never_trained(), stream);
      for (const int64_t context : sizes.decode_contexts)
        for (const int64_t batch : sizes.batches)
          attempt(concat(shape.name, " decode, batch ", batch, ", context ", context),
                  [&] { bench_decoding(shape, sizes, batch, context, limits, *policy); });
    });
  if (part.empty() || part == "step")
    attempt(shape.name + " step", [&] { bench_step(shape, sizes, stream); });
}

// A mistyped word would leave out what was asked for.
template <class Choices>
const auto& chosen(const char* option, const std::string& name, const Choices& choices) {
  std::string names;
  for (const auto& choice : choices) {
    if (choice.name == name) return choice;
    names += concat(" ", choice.name);
  }
  throw_error(Fault::kInput,
              concat("cuda_model_bench: ", option, " ", name, ", expected one of:", names));
}

struct Part {
  std::string_view name;
};
constexpr Part kParts[] = {{"limits"}, {"train"}, {"decode"}, {"step"}};

int64_t context_named(const std::string& text, const Sizes& sizes) {
  for (const auto* contexts : {&sizes.train_contexts, &sizes.decode_contexts})
    for (const int64_t context : *contexts)
      if (text == std::to_string(context)) return context;
  throw_error(Fault::kInput,
              concat("cuda_model_bench: --context ", text, " is none that is measured"));
}

void keep_only(std::vector<int64_t>& contexts, int64_t context) {
  if (context > 0) std::erase_if(contexts, [&](int64_t other) { return other != context; });
}

void run(std::span<const std::string> arguments) {
  std::string part;
  int64_t context = 0;
  Products products = Products::kOwn;
  const bool small = std::ranges::count(arguments, "--small") > 0;
  Sizes sizes = small ? Sizes::small() : Sizes{};
  const std::vector<BenchShape> all = shapes(small);
  std::vector<BenchShape> wanted;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto value = [&] { return ++i < arguments.size() ? arguments[i] : std::string(); };
    if (word == "--part")
      part = chosen("--part", value(), kParts).name;
    else if (word == "--products")
      products = chosen("--products", value(), enum_names(Products{})).value;
    else if (word == "--context")
      context = context_named(value(), sizes);
    else if (word != "--small")
      wanted.push_back(chosen("shape", word, all));
  }
  keep_only(sizes.train_contexts, context);
  keep_only(sizes.decode_contexts, context);
  ThreadPool pool(available_cores());
  const GpuLimits limits = measure_gpu_limits(sizes);
  if (part == "limits") return;
  for (BenchShape& shape : wanted.empty() ? wanted = all : wanted) {
    shape.products = products;
    bench(shape, sizes, part, limits, {&pool});
  }
}

}  // namespace
}  // namespace r1::bench

int main(int argc, char** argv) {
  using namespace r1;
  if (gpu::count() == 0) {
    std::fprintf(stderr, "cuda_model_bench: no GPU here (%s)\n", gpu::why_none().c_str());
    return 64;
  }
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    bench::run(arguments);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 64;
  }
}
