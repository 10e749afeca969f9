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
#include "libr1/optim/sharded_adamw.h"
#include "libr1/rollout/engine.h"
#include "libr1/train/policy.h"
#include "tests/bench/bench_models.h"
#include "tests/bench/limits.h"

namespace r1::bench {
namespace {

struct BenchShape {
  const char* name;
  ModelConfig config;
  int sequences, length;  // of a training step
};

std::vector<BenchShape> shapes() {
  std::vector<BenchShape> all = {{"m1", dense(64, 128, 4, 4, 4, 512), 64, 128},
                                 {"m10", dense(256, 320, 8, 5, 5, 896), 32, 256},
                                 {"smol", dense(49152, 576, 30, 9, 3, 1536), 4, 512}};
  all.back().config.tied_head = true;
  return all;
}

// `work` is what a token takes of the limit that counts.
void report(const BenchShape& shape, const Policy& policy, const std::string& what,
            double tokens_per_s, double share, const char* limit) {
  std::printf("%-5s %-5s %-20s %10.1f tokens/s  %3.0f%% of %s\n", shape.name,
              to_string(policy.model().weights().dtype()).data(), what.c_str(), tokens_per_s,
              100 * share, limit);
  std::fflush(stdout);
}

void bench_training(const BenchShape& shape, Policy& policy, const Limits& limits) {
  std::vector<std::vector<int32_t>> tokens;
  for (int i = 0; i < shape.sequences; ++i)
    tokens.push_back(random_tokens(shape.length, shape.config.vocab, static_cast<uint32_t>(i)));
  const std::vector<TrainSequence> sequences(tokens.begin(), tokens.end());
  const double count = shape.sequences * static_cast<double>(shape.length);
  const auto group = self_group();
  ShardedAdamW optimizer({}, policy.master(), *group, {});
  const double time = median_seconds([&] {
    policy.zero_grads();
    policy.accumulate(
        sequences, 1,
        [&](size_t, int64_t, std::span<const double>, std::span<const double>,
            std::span<double> dlogprob) {
          std::fill(dlogprob.begin(), dlogprob.end(), -1 / count);
        },
        [&](int64_t, int64_t) {});
    optimizer.step(policy.grads());
    policy.refresh();
  });
  // 6 N and, for attention, 6 layers hidden length (Kaplan et al., 2020; causal).
  const double flops = 6.0 * static_cast<double>(shape.config.matmul_size()) +
                       6.0 * static_cast<double>(shape.config.layers * shape.config.heads *
                                                 shape.config.head_dim * shape.length);
  report(shape, policy, concat("train ", shape.sequences, " x ", shape.length), count / time,
         flops * count / time / limits.flops(policy.model().weights().dtype()), "multiply-adds");
}

void bench_generation(const BenchShape& shape, Policy& policy, const Limits& limits) {
  const bool large = shape.config.num_parameters() > 50'000'000;
  for (const int64_t batch : {1, 8, 32, 64, 256}) {
    if (large && batch > 64) continue;
    const int64_t new_tokens = large ? 24 : 64;
    Engine engine(policy.model(), word_tokenizer(), {batch, batch * 128 + 1024, 2048 + batch, 256});
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
    const double tokens = static_cast<double>(batch * new_tokens);
    const Dtype dtype = policy.model().weights().dtype();
    // A round reads every weight once, and computes 2 N a token: the slower of the two.
    const double weights = static_cast<double>(shape.config.matmul_size() * size_bytes(dtype));
    const double read = weights / limits.read_bytes_per_s * static_cast<double>(new_tokens);
    const double compute =
        2.0 * static_cast<double>(shape.config.matmul_size()) * tokens / limits.flops(dtype);
    report(shape, policy, concat("generate, batch ", batch), tokens / time,
           std::max(read, compute) / time, read > compute ? "memory reads" : "multiply-adds");
  }
}

}  // namespace
}  // namespace r1::bench

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
  const bench::Limits limits = bench::measure_limits({&pool}, threads);
  std::printf("%d threads; training includes AdamW and the refresh of packed weights\n", threads);
  for (const bench::BenchShape& shape : bench::shapes()) {
    if (!names.empty() && std::ranges::find(names, shape.name) == names.end()) continue;
    for (const Dtype dtype : {Dtype::kF32, Dtype::kBf16}) {
      Policy policy(shape.config, {dtype, 2048, 1024, false}, {&pool});
      initialize(shape.config, {}, 1, policy.master());
      policy.refresh();
      bench::bench_training(shape, policy, limits);
      bench::bench_generation(shape, policy, limits);
    }
  }
}
