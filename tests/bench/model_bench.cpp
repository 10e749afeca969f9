// Tokens per second of training and generation for three shapes, f32 and bf16, with the FLOP/s of
// the products they amount to. Random weights. Usage: model_bench [m1|m10|smol ...] [--threads N]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "libr1/core/thread_pool.h"
#include "libr1/model/init.h"
#include "libr1/optim/adamw.h"
#include "libr1/rollout/engine.h"
#include "libr1/train/policy.h"

namespace r1 {
namespace {

struct BenchShape {
  const char* name;
  ModelConfig config;
  int sequences, length;  // of a training step
};

ModelConfig dense(int64_t vocab, int64_t hidden, int64_t layers, int64_t heads, int64_t kv_heads,
                  int64_t intermediate) {
  ModelConfig config;
  config.vocab = vocab;
  config.hidden = hidden;
  config.layers = layers;
  config.heads = heads;
  config.kv_heads = kv_heads;
  config.head_dim = hidden / heads;
  config.intermediate = intermediate;
  return config;
}

std::vector<BenchShape> shapes() {
  std::vector<BenchShape> all = {{"m1", dense(64, 128, 4, 4, 4, 512), 64, 128},
                                 {"m10", dense(256, 320, 8, 5, 5, 896), 32, 256},
                                 {"smol", dense(49152, 576, 30, 9, 3, 1536), 4, 512}};
  all.back().config.tied_head = true;
  return all;
}

template <class Body>
double seconds(Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Median seconds of repetitions for about a second, at least three.
template <class Body>
double median_seconds(Body body) {
  body();
  std::vector<double> times;
  double total = 0;
  while (times.size() < 3 || (total < 1 && times.size() < 50)) {
    times.push_back(seconds(body));
    total += times.back();
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Tokenizer word_tokenizer() {
  return Tokenizer::from_json(
      R"({"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0}},"added_tokens":[],)"
      R"("normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null})");
}

std::vector<int32_t> random_tokens(int64_t count, int64_t vocab, uint32_t stream) {
  const Random random(11, "bench");
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(
        random.below(static_cast<uint64_t>(vocab), static_cast<uint32_t>(i), stream)));
  return tokens;
}

void report(const char* name, const char* dtype, const std::string& what, double tokens_per_s,
            double flop_per_token) {
  std::printf("%-5s %-5s %-22s %10.1f tok/s %8.1f GFLOP/s\n", name, dtype, what.c_str(),
              tokens_per_s, tokens_per_s * flop_per_token / 1e9);
  std::fflush(stdout);
}

void bench_training(const BenchShape& shape, Policy& policy) {
  std::vector<std::vector<int32_t>> tokens;
  for (int i = 0; i < shape.sequences; ++i)
    tokens.push_back(random_tokens(shape.length, shape.config.vocab, static_cast<uint32_t>(i)));
  const std::vector<TrainSequence> sequences(tokens.begin(), tokens.end());
  const double count = shape.sequences * static_cast<double>(shape.length);
  const auto group = self_group();
  ShardedAdamW optimizer({}, policy.master().table(), *group, policy.master().dtype());
  const double time = median_seconds([&] {
    policy.zero_grads();
    policy.accumulate(
        sequences, 1,
        [&](size_t, int64_t, std::span<const double>, std::span<const double>,
            std::span<double> dlogprob) {
          std::fill(dlogprob.begin(), dlogprob.end(), -1 / count);
        },
        [&](int64_t, int64_t) {});
    optimizer.step(policy.grads(), policy.master(), 1e-4);
    policy.refresh();
  });
  const double attention = 6.0 * static_cast<double>(shape.config.layers * shape.config.heads *
                                                     shape.config.head_dim * shape.length);
  report(shape.name, to_string(policy.model().weights().dtype()).data(),
         concat("train ", shape.sequences, " x ", shape.length), count / time,
         6.0 * static_cast<double>(shape.config.matmul_size()) + attention);
}

void bench_generation(const BenchShape& shape, Policy& policy, Stream stream) {
  const bool large = shape.config.num_parameters() > 50'000'000;
  for (const int64_t batch : {1, 8, 32, 64, 256}) {
    if (large && batch > 64) continue;
    const int64_t new_tokens = large ? 24 : 64;
    Engine engine(policy.model(), word_tokenizer(), {batch, batch * 128 + 1024, 512 + batch, 256},
                  stream);
    SamplingSettings settings;
    settings.num_samples = 1;
    settings.max_new_tokens = new_tokens;
    const double time = median_seconds([&] {
      int64_t next = 0;
      engine.generate(
          [&]() -> std::optional<RolloutRequest> {
            if (next == batch) return std::nullopt;
            ++next;
            return RolloutRequest{
                next, random_tokens(32, shape.config.vocab, static_cast<uint32_t>(next))};
          },
          settings, Random(1, "bench"), 0);
    });
    report(shape.name, to_string(policy.model().weights().dtype()).data(),
           concat("generate, batch ", batch), static_cast<double>(batch * new_tokens) / time,
           2.0 * static_cast<double>(shape.config.matmul_size()));
  }
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  using namespace r1;
  int threads = available_cores();
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
      threads = std::atoi(argv[++i]);
    else
      names.push_back(argv[i]);
  }
  ThreadPool pool(threads);
  std::printf("%d threads; training includes AdamW and the refresh of packed weights\n", threads);
  for (const BenchShape& shape : shapes()) {
    if (!names.empty() && std::ranges::find(names, shape.name) == names.end()) continue;
    for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16}) {
      Policy policy(shape.config, {dtype, 2048, 1024, false}, {&pool});
      initialize(shape.config, {}, 1, policy.master());
      policy.refresh();
      bench_training(shape, policy);
      bench_generation(shape, policy, {&pool});
    }
  }
}
