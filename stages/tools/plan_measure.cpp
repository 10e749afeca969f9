#include "stages/tools/plan_measure.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <numeric>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/thread_pool.h"
#include "libr1/model/init.h"
#include "libr1/rollout/engine.h"
#include "libr1/stage/peak_rss.h"
#include "libr1/train/policy.h"
#include "stages/tools/plan_time.h"

namespace r1 {
namespace {

double now_s(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One thread's time is that of its processor, so that neighbours on the same core do not count;
// several threads' is the wall's.
clockid_t clock_of(const Stream& stream) {
  return stream.pool->num_threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

// The least of several: what disturbs only adds.
template <class Body>
double least_seconds(clockid_t clock, int times, const Body& body) {
  double least = 1e30;
  for (int i = 0; i < times; ++i) {
    const double start = now_s(clock);
    body();
    least = std::min(least, now_s(clock) - start);
  }
  return least;
}

ModelConfig probe_model(int64_t hidden, int64_t layers, int64_t vocab) {
  ModelConfig model;
  model.hidden = hidden;
  model.layers = layers;
  model.vocab = vocab;
  model.heads = hidden / 32;
  model.kv_heads = hidden / 32;
  model.head_dim = 32;
  model.intermediate = 8 * hidden / 3 / 32 * 32;
  return model;
}

struct Probe {
  Probe(const ModelConfig& model, Dtype dtype, Stream on)
      : stream(on), compute{dtype, 2048, 2048, false}, policy(model, compute, on) {
    initialize(model, {}, 1, policy.master());
    policy.refresh();
  }
  Stream stream;
  ComputeSettings compute;
  Policy policy;
};

std::vector<int32_t> tokens_of(int64_t count, int64_t vocab, uint32_t stream) {
  const Random random(1, "probe");
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(
        random.below(static_cast<uint64_t>(vocab), static_cast<uint32_t>(i), stream)));
  return tokens;
}

double training_seconds(Probe& probe, int64_t sequences, int64_t length) {
  std::vector<std::vector<int32_t>> tokens;
  for (int64_t i = 0; i < sequences; ++i)
    tokens.push_back(tokens_of(length, probe.policy.config().vocab, static_cast<uint32_t>(i)));
  const std::vector<TrainSequence> batch(tokens.begin(), tokens.end());
  const auto loss = [](size_t, int64_t, std::span<const double>, std::span<const double>,
                       std::span<double> d) { std::ranges::fill(d, -1e-3); };
  const auto step = [&] { probe.policy.accumulate(batch, 1, loss, [](int64_t, int64_t) {}); };
  step();
  return least_seconds(clock_of(probe.stream), 6, step);
}

Tokenizer letter_tokenizer() {
  return Tokenizer::from_json(
      R"({"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0}},"added_tokens":[],)"
      R"("normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},)"
      R"("post_processor":null,"decoder":null})");
}

struct Generation {
  int64_t sequences, prompt, response;
};

double generation_seconds(Probe& probe, const Generation& g) {
  const Tokenizer tokenizer = letter_tokenizer();
  Engine engine(probe.policy.model(), tokenizer,
                {g.sequences, g.sequences * (g.prompt + g.response + 64) + 8192, 2048, 2048});
  SamplingSettings settings;
  settings.num_samples = static_cast<int32_t>(g.sequences);
  settings.max_new_tokens = g.response;
  const auto generate = [&] {
    int64_t asked = 0;
    engine.generate(
        [&]() -> std::optional<RolloutRequest> {
          if (asked++ > 0) return std::nullopt;
          return RolloutRequest{0, tokens_of(g.prompt, probe.policy.config().vocab, 0)};
        },
        settings, Random(1, "probe"), 0);
  };
  generate();
  return least_seconds(clock_of(probe.stream), 4, generate);
}

// Products at their best: a wide model's, where little else takes time.
double matmul_gflops(Dtype dtype, Stream stream) {
  Probe wide(probe_model(576, 2, 2048), dtype, stream);
  const int64_t sequences = 12, length = 64;
  const double tokens = static_cast<double>(sequences * length);
  const TokenCost cost(wide.policy.config());
  return 6e-9 * (cost.layer_macs + cost.head_macs) * tokens /
         training_seconds(wide, sequences, length);
}

// Two shapes, short and long sequences: the products', elements' and attention's rates.
void measure_training(Stream stream, RankRates& rates) {
  std::vector<std::vector<double>> rows;
  const auto add = [&](Probe& probe, int64_t sequences, int64_t length) {
    const TokenCost cost(probe.policy.config());
    const double tokens = static_cast<double>(sequences * length);
    const double seconds = training_seconds(probe, sequences, length);
    rows.push_back(
        {6e-9 * (cost.layer_macs + cost.head_macs) * tokens / seconds,
         1e-9 * (3 * cost.layer_elements + 4 * cost.vocab) * tokens / seconds,
         1e-9 * 7 * cost.attention_width * tokens * static_cast<double>(length) / seconds});
  };
  Probe wide(probe_model(576, 2, 2048), Dtype::kF32, stream);
  add(wide, 12, 64);
  add(wide, 1, 1024);
  Probe narrow(probe_model(64, 4, 96), Dtype::kF32, stream);
  add(narrow, 64, 32);
  add(narrow, 2, 1024);
  Probe middle(probe_model(192, 3, 256), Dtype::kF32, stream);
  add(middle, 16, 64);
  const std::vector<double> x = least_relative_squares(rows);
  rates.matmul_f32_gflops = 1 / std::max(x[0], 1e-6);
  rates.elements_g = 1 / std::max(x[1], 1e-6);
  rates.attention_gflops = 1 / std::max(x[2], 1e-6);
  const double wide_f32 = matmul_gflops(Dtype::kF32, stream);
  rates.matmul_bf16_gflops =
      rates.matmul_f32_gflops * matmul_gflops(Dtype::kBf16, stream) / wide_f32;
}

// Few and many sequences, short and long ones: what a layer and a sequence cost, and attention.
void measure_generation(Stream stream, RankRates& rates) {
  std::vector<std::vector<double>> rows;
  Probe probe(probe_model(128, 4, 96), Dtype::kF32, stream);
  const TokenCost cost(probe.policy.config());
  RankRates products = rates;
  products.layer_us = products.sequence_us = 0;
  products.decode_attention_gflops = 1e30;
  const RankTime known(probe.policy.config(), probe.compute, products);
  for (const Generation g : {Generation{1, 8, 128}, Generation{16, 8, 128}, Generation{128, 8, 64},
                             Generation{16, 900, 128}, Generation{64, 512, 64}}) {
    const double seconds = generation_seconds(probe, g);
    const auto n = static_cast<double>(g.sequences), rounds = static_cast<double>(g.response);
    const double rest = std::max(0.05 * seconds, seconds - known.decode(rounds, n, 0) -
                                                     known.score(static_cast<double>(g.prompt), 1,
                                                                 static_cast<double>(g.prompt)));
    const double context = n * (static_cast<double>(g.prompt) + rounds / 2) * rounds;
    rows.push_back({1e-6 * cost.layers * rounds / rest, 1e-6 * n * rounds / rest,
                    4e-9 * cost.attention_width * context / rest});
  }
  const std::vector<double> x = least_relative_squares(rows);
  rates.layer_us = x[0];
  rates.sequence_us = x[1];
  rates.decode_attention_gflops = 1 / std::max(x[2], 1e-6);
}

double read_gbytes(Stream stream) {
  constexpr int64_t kCount = 16 << 20;  // 64 MiB, beyond the caches of a rank
  std::vector<float> data(kCount, 1.0f);
  std::atomic<float> sink = 0;  // so that nothing is optimized away
  const double seconds = least_seconds(clock_of(stream), 6, [&] {
    parallel_for(stream, kCount, 1 << 18, [&](int64_t begin, int64_t end) {
      float sums[16] = {};
      for (int64_t i = begin; i + 16 <= end; i += 16)
        for (int64_t j = 0; j < 16; ++j) sums[j] += data[static_cast<size_t>(i + j)];
      sink = std::accumulate(std::begin(sums), std::end(sums), 0.0f);
    });
  });
  return 4e-9 * static_cast<double>(kCount) / seconds;
}

double write_gbytes() {
  const std::string bytes(64 << 20, 'r');
  const std::string path = concat("r1-plan-measure-", ::getpid());
  const double seconds = least_seconds(CLOCK_MONOTONIC, 2, [&] { write_file(path, bytes); });
  std::remove(path.c_str());
  return 1e-9 * static_cast<double>(bytes.size()) / seconds;
}

// Gauss with pivots on the normal equations of the chosen columns.
std::vector<double> solve(const std::vector<std::vector<double>>& rows,
                          const std::vector<size_t>& chosen) {
  const size_t n = chosen.size();
  std::vector<std::vector<double>> a(n, std::vector<double>(n + 1));
  for (const auto& row : rows)
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) a[i][j] += row[chosen[i]] * row[chosen[j]];
      a[i][n] += row[chosen[i]];
    }
  for (size_t i = 0; i < n; ++i) {
    const auto pivot = std::max_element(
        a.begin() + static_cast<int64_t>(i), a.end(),
        [i](const auto& x, const auto& y) { return std::abs(x[i]) < std::abs(y[i]); });
    std::swap(*pivot, a[i]);
    for (size_t k = 0; k < n; ++k) {
      if (k == i || a[i][i] == 0) continue;
      const double factor = a[k][i] / a[i][i];
      for (size_t j = i; j <= n; ++j) a[k][j] -= factor * a[i][j];
    }
  }
  std::vector<double> x(n);
  for (size_t i = 0; i < n; ++i) x[i] = a[i][i] == 0 ? -1 : a[i][n] / a[i][i];
  return x;
}

}  // namespace

std::vector<double> least_relative_squares(const std::vector<std::vector<double>>& rows) {
  R1_CHECK(!rows.empty(), "no measurements");
  const size_t unknowns = rows[0].size();
  std::vector<double> best(unknowns);
  double least = 1e300;
  for (size_t set = 1; set < size_t{1} << unknowns; ++set) {
    std::vector<size_t> chosen;
    for (size_t i = 0; i < unknowns; ++i)
      if (set >> i & 1) chosen.push_back(i);
    const std::vector<double> x = solve(rows, chosen);
    if (std::ranges::any_of(x, [](double value) { return value < 0; })) continue;
    double error = 0;
    for (const auto& row : rows) {
      double sum = -1;
      for (size_t i = 0; i < chosen.size(); ++i) sum += row[chosen[i]] * x[i];
      error += sum * sum;
    }
    if (error >= least) continue;
    least = error;
    std::ranges::fill(best, 0.0);
    for (size_t i = 0; i < chosen.size(); ++i) best[chosen[i]] = x[i];
  }
  return best;
}

void measure_rates(int threads, ClusterConfig& cluster) {
  const auto base = static_cast<double>(peak_rss_bytes());
  ThreadPool pool(threads);
  const Stream stream{&pool};
  RankRates& rates = cluster.rates;
  rates.memory_gbytes = read_gbytes(stream);
  measure_training(stream, rates);
  measure_generation(stream, rates);
  // Through shared memory a byte is copied twice; both are a read and a write.
  rates.node_link_gbytes = rates.memory_gbytes / 4;
  cluster.write_gbytes = write_gbytes();
  cluster.read_gbytes = rates.memory_gbytes / 4;
  cluster.base_mib = std::max(cluster.base_mib, base / (1 << 20));
  cluster.cpus_per_rank = threads;
  double load = 0;
  ::getloadavg(&load, 1);
  char about[128];
  std::snprintf(about, sizeof about, "measured by r1-plan --measure on %d threads, load %.1f",
                threads, load);
  cluster.source = about;
}

}  // namespace r1
