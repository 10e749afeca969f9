#include "stages/tools/plan_paper.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "stages/tools/plan_time.h"

namespace r1 {

int64_t MoeArchitecture::attention_parameters() const {
  const int64_t query =
      hidden * query_rank + query_rank + query_rank * heads * (nope_dim + rope_dim);
  const int64_t key_value =
      hidden * (kv_rank + rope_dim) + kv_rank + kv_rank * heads * (nope_dim + value_dim);
  return query + key_value + heads * value_dim * hidden;
}

int64_t MoeArchitecture::expert_parameters() const { return 3 * hidden * expert_intermediate; }

int64_t MoeArchitecture::routed_parameters() const {
  return (layers - dense_layers) * experts * expert_parameters();
}

int64_t MoeArchitecture::parameters() const {
  const int64_t router = experts * hidden + experts;
  return routed_parameters() + layers * (attention_parameters() + 2 * hidden) +
         dense_layers * 3 * hidden * dense_intermediate +
         (layers - dense_layers) * (router + shared_experts * expert_parameters()) +
         2 * vocab * hidden + hidden;
}

int64_t MoeArchitecture::active_parameters() const {
  const int64_t idle = (layers - dense_layers) * (experts - active_experts) * expert_parameters();
  return parameters() - idle - vocab * hidden;
}

MoeMemory moe_memory(const MoeArchitecture& model, const MoeLayout& layout, int64_t tokens) {
  const auto stages = static_cast<double>(layout.pipeline);
  const double replicas = static_cast<double>(layout.gpus) / stages;  // ranks of one stage
  const double routed =
      static_cast<double>(model.routed_parameters()) / stages / static_cast<double>(layout.expert);
  const double other = static_cast<double>(model.parameters() - model.routed_parameters()) / stages;
  const double routed_copies = replicas / static_cast<double>(layout.expert);
  const auto held = [&](double bytes, int sharded_from) {
    const bool sharded = layout.zero >= sharded_from;
    return bytes * (routed / (sharded ? routed_copies : 1) + other / (sharded ? replicas : 1));
  };
  MoeMemory memory;
  memory.weights = held(layout.weight, 3) * (layout.two_copies ? 2 : 1);
  memory.gradients = held(layout.gradient, 2);
  memory.optimizer = held(layout.optimizer, 1);
  const double layers = static_cast<double>(model.layers) / stages;
  memory.activations = static_cast<double>(tokens * model.hidden) * 2 * layers * (stages + 1);
  return memory;
}

namespace {

// The estimate's assumptions; print_paper_plan lists them.
struct Assumptions {
  double gpus = 512;
  double unit_gpus = 32;  // one copy of the model for generation, expert parallel
  double memory_bytes_per_s = 0.6 * 3.35e12;
  double flops = 0.35 * 989e12;
  double exchange_s = 61 * 200e-6;  // two all-to-alls a layer in a decode step
  double speculation = 1.8;         // tokens a step: multi-token prediction
  double weight_bytes = 1;          // FP8
  // V3's pre-training: 14.8e12 tokens in 2,664,000 H800-hours, at 4,096 tokens of context.
  double train_tokens_per_s = 14.8e12 / (2.664e6 * 3600);
  double recompute_and_padding = 1.4;
  double phase_change_s = 60;  // weights to and from host memory, four changes
};

struct Segment {
  double updates, mean_length;
  int64_t cap;
};

// Response lengths grow from some hundreds to more than 10,000 tokens (Nature 645, figure 1).
std::vector<Segment> segments() {
  std::vector<Segment> all;
  for (int i = 0; i < 8; ++i)
    all.push_back({8200 / 8.0, 600 + (9000 - 600) * (i + 0.5) / 8, 32768});
  all.push_back({10400 - 8200, 12000, 65536});
  return all;
}

struct RolloutEstimate {
  double rollout = 0, longest = 0, train = 0, reference = 0, change = 0;
  double total() const { return rollout + train + reference + change; }
};

// A unit's decode step with n sequences that hold `context` tokens together.
double decode_step(const MoeArchitecture& model, const Assumptions& a, double n, double context) {
  const double share =
      static_cast<double>(model.active_experts) / static_cast<double>(model.experts);
  const auto routed = static_cast<double>(model.routed_parameters());
  const double met = routed * (1 - std::pow(1 - share, n));  // by any of the n tokens
  const double weights = (static_cast<double>(model.parameters()) - routed + met) * a.weight_bytes;
  const double cache = context * 2 * static_cast<double>(model.cache_elements());
  const double products = 2 * static_cast<double>(model.active_parameters()) * n;
  return (std::max((weights + cache) / a.memory_bytes_per_s, products / a.flops)) / a.unit_gpus +
         a.exchange_s;
}

double unit_seconds(const MoeArchitecture& model, const Assumptions& a,
                    std::vector<int64_t> lengths) {
  std::ranges::sort(lengths);
  double seconds = 0;
  int64_t done = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const auto n = static_cast<double>(lengths.size() - i);
    const double tokens = static_cast<double>(lengths[i] - done);
    const double context = n * static_cast<double>(lengths[i] + done) / 2;
    seconds += tokens / a.speculation * decode_step(model, a, n, context);
    done = lengths[i];
  }
  return seconds;
}

RolloutEstimate estimate(const MoeArchitecture& model, const Assumptions& a,
                         const Segment& segment) {
  constexpr int64_t kOutputs = 8192;
  const auto lengths = draw_lengths(kOutputs, segment.mean_length, 0.9, segment.cap);
  const auto units = static_cast<size_t>(a.gpus / a.unit_gpus);
  const size_t each = lengths.size() / units;
  RolloutEstimate result;
  double tokens = 0;
  for (const int64_t length : lengths) tokens += static_cast<double>(length) + 150;
  for (size_t u = 0; u < units; ++u) {
    const auto begin = lengths.begin() + static_cast<int64_t>(u * each);
    result.rollout = std::max(result.rollout,
                              unit_seconds(model, a, {begin, begin + static_cast<int64_t>(each)}));
  }
  result.longest = static_cast<double>(*std::ranges::max_element(lengths)) / a.speculation *
                   decode_step(model, a, 1, 0);
  result.train = tokens * a.recompute_and_padding / (a.gpus * a.train_tokens_per_s);
  result.reference = result.train / a.recompute_and_padding / 3;
  result.change = a.phase_change_s;
  return result;
}

void print_layouts(const MoeArchitecture& model) {
  std::printf(
      "\nmemory of a GPU (80 GB), training, micro-batches of 32,768 tokens, GB:\n"
      "  %-42s %8s %9s %9s %11s %8s\n",
      "layout of 512 GPUs", "weights", "gradients", "optimizer", "activations", "together");
  const std::pair<const char*, MoeLayout> layouts[] = {
      {"data parallel, ZeRO-1", {1, 1, 512, 1, 2, 4, 8, false}},
      {"data parallel, ZeRO-3", {1, 1, 512, 3, 2, 4, 8, false}},
      {"pipeline 16, ZeRO-1", {16, 1, 512, 1, 2, 4, 8, false}},
      {"pipeline 8 x expert 64, ZeRO-1", {8, 64, 512, 1, 2, 4, 8, true}},
      {"pipeline 16 x expert 32, ZeRO-1 (as V3's)", {16, 32, 512, 1, 2, 4, 8, true}}};
  for (const auto& [name, layout] : layouts) {
    const MoeMemory m = moe_memory(model, layout, 32768);
    std::printf("  %-42s %8.1f %9.1f %9.1f %11.1f %8.1f\n", name, m.weights / 1e9,
                m.gradients / 1e9, m.optimizer / 1e9, m.activations / 1e9, m.total() / 1e9);
  }
}

struct Hours {
  double all = 0, rollout = 0;
};
Hours hours_of(const MoeArchitecture& model, const Assumptions& a) {
  Hours hours;
  for (const Segment& segment : segments()) {
    const RolloutEstimate e = estimate(model, a, segment);
    hours.all += segment.updates / 16 * e.total() / 3600;
    hours.rollout += segment.updates / 16 * e.rollout / 3600;
  }
  return hours;
}

void print_rollouts(const MoeArchitecture& model, const Assumptions& a) {
  std::printf(
      "\none rollout of 8,192 outputs and its 16 updates, seconds:\n"
      "  %13s %7s %8s %16s %6s %9s %7s %9s\n",
      "mean response", "cap", "rollout", "longest alone", "train", "reference", "change",
      "together");
  for (const Segment& segment : segments()) {
    const RolloutEstimate e = estimate(model, a, segment);
    std::printf("  %13.0f %7lld %8.0f %16.0f %6.0f %9.0f %7.0f %9.0f\n", segment.mean_length,
                static_cast<long long>(segment.cap), e.rollout, e.longest, e.train, e.reference,
                e.change, e.total());
  }
}

// One assumption changed at a time.
void print_estimates(const MoeArchitecture& model, const Assumptions& a) {
  std::printf(
      "\n650 rollouts (the paper: 198 h, 101 thousand GPU-hours)\n"
      "  %-46s %6s %22s %11s\n",
      "", "hours", "thousand GPU-hours", "in rollout");
  const auto print = [&](const char* what, const Assumptions& changed) {
    const Hours hours = hours_of(model, changed);
    std::printf("  %-46s %6.0f %22.0f %10.0f%%\n", what, hours.all, hours.all * a.gpus / 1e3,
                100 * hours.rollout / hours.all);
  };
  print("as assumed below", a);
  Assumptions changed = a;
  changed.speculation = 1;
  print("one token a step: no speculation", changed);
  changed = a;
  changed.exchange_s *= 2.5;
  print("500 us of exchange and launches a layer", changed);
  changed.speculation = 1;
  print("both: as a general inference engine decodes", changed);
}

}  // namespace

void print_paper_plan() {
  const MoeArchitecture model;
  const Assumptions a;
  std::printf(
      "DeepSeek-R1-Zero: DeepSeek-V3 on 64 nodes x 8 H800, 10,400 updates of 512 outputs\n"
      "parameters %lld, active %lld, cache of a token %lld elements\n",
      static_cast<long long>(model.parameters()), static_cast<long long>(model.active_parameters()),
      static_cast<long long>(model.cache_elements()));
  print_layouts(model);
  print_rollouts(model, a);
  print_estimates(model, a);
  std::printf(
      "\nassumed, none of it printed for R1-Zero: lengths log-normal, deviation 0.9 of the mean, "
      "the means above\n(the paper's figure: some hundreds to more than 10,000); %.0f GPUs a copy "
      "for generation, FP8 weights, cache in bf16,\n60 %% of 3.35 TB/s, 35 %% of 989 TFLOP/s, 200 "
      "us of exchange a layer, %.1f tokens a step by multi-token prediction\n(V3 report, 5.4.3; "
      "R1's supplement B.1 names it); training at V3's pre-training rate, %.0f tokens/s a GPU,\n"
      "and %.1f times as long for recomputation, long attention and padding; the reference a third "
      "of training; %.0f s a\nrollout to change phases; rewards overlapped. Left out: evaluation, "
      "checkpoints, failures, debugging.\n",
      a.unit_gpus, a.speculation, a.train_tokens_per_s, a.recompute_and_padding, a.phase_change_s);
}

}  // namespace r1
