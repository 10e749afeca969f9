#include "stages/tools/plan_time.h"

#include <algorithm>
#include <cmath>

#include "libr1/core/philox.h"
#include "libr1/data/deal.h"
#include "libr1/model/weights.h"

namespace r1 {
namespace {

// A gather before and a sum after attention and MLP, the embedding's sum, the last gather; backward
// the other way round.
double exchanges_of_a_pass(double layers) { return 4 * layers + 2; }

}  // namespace

TokenCost::TokenCost(const ModelConfig& m) {
  const auto d = [](int64_t x) { return static_cast<double>(x); };
  head_macs = d((m.scalar_head ? 1 : m.vocab) * m.hidden);
  layer_macs = d(m.matmul_size() - m.vocab * m.hidden);
  attention_width = d(m.layers * m.heads * m.head_dim);
  const int64_t rotated = (m.heads + m.kv_heads) * m.head_dim;
  layer_elements = d(m.layers * (10 * m.hidden + 2 * rotated + 3 * m.intermediate));
  vocab = d(m.scalar_head ? 1 : m.vocab);
  parameters = d(m.num_parameters());
  layers = d(m.layers);
  hidden = d(m.hidden);
}

// By slices: a rank sends all but its own, or its own to all others. Ranks of a model are
// neighbours on a node.
double RankTime::talk_s(double rows, double exchanges, double passes) const {
  if (tp_ == 1) return 0;
  const double bytes =
      rows * cost_.hidden * static_cast<double>(size_bytes(compute_.dtype)) * (tp_ - 1) / tp_;
  return exchanges *
         (bytes / (1e9 * rates_.node_link_gbytes) + 1e-6 * rates_.latency_us * tp_ * passes);
}

double RankTime::score(double tokens, double targets, double length) const {
  const double attention = 4 * cost_.attention_width * tokens * length / 2;
  const double passes = std::ceil(tokens / static_cast<double>(compute_.micro_batch_tokens));
  return matmul_s(cost_.layer_macs * tokens + cost_.head_macs * targets) +
         attention / (1e9 * rates_.attention_gflops * tp_) +
         element_s(cost_.layer_elements * tokens + 2 * cost_.vocab * targets) +
         talk_s(tokens, exchanges_of_a_pass(cost_.layers), passes);
}

// Backward: two products for each of the forward pass, five for the two of attention.
double RankTime::train(double tokens, double targets, double length) const {
  const double again = compute_.recompute ? 1 : 0;
  const double attention = (14 + 4 * again) * cost_.attention_width * tokens * length / 2;
  const double passes = std::ceil(tokens / static_cast<double>(compute_.micro_batch_tokens));
  // Run again, a layer ends before its last sum. A norm's gradient goes from rank to rank.
  const double exchanges = 2 * exchanges_of_a_pass(cost_.layers) + again * 3 * cost_.layers;
  return matmul_s((3 + again) * cost_.layer_macs * tokens + 3 * cost_.head_macs * targets) +
         attention / (1e9 * rates_.attention_gflops * tp_) +
         element_s((3 + again) * cost_.layer_elements * tokens + 4 * cost_.vocab * targets) +
         talk_s(tokens, exchanges, passes) + talk_s(0, 2 * cost_.layers + 1, passes);
}

// Bytes moved: gradients zeroed and read for their norm; AdamW reads the gradient, reads and writes
// two moments and the master of the owned part; the master is copied where it is a copy, and what
// is computed with is read and written again packed.
double RankTime::update(int num_ranks) const {
  const auto master = static_cast<double>(size_bytes(compute_.master_dtype()));
  const auto weight = static_cast<double>(size_bytes(compute_.dtype));
  const double copied = compute_.shares_master() ? 0 : master + weight;
  const double bytes =
      cost_.parameters * (4 + (4 + 20 + 2 * master) / num_ranks + copied + 2 * weight);
  return memory_s(bytes);
}

double RankTime::decode(double rounds, double n, double context) const {
  const double macs = cost_.layer_macs + cost_.head_macs;
  const double weights = memory_s(macs * static_cast<double>(size_bytes(compute_.dtype)));
  // The logits are joined in f32.
  const double logits =
      4 * cost_.vocab / (cost_.hidden * static_cast<double>(size_bytes(compute_.dtype)));
  const double round = std::max(weights, matmul_s(macs * n)) +
                       element_s((cost_.layer_elements + 4 * cost_.vocab) * n) +
                       1e-6 * (rates_.layer_us * cost_.layers + rates_.sequence_us * n) +
                       talk_s(n, exchanges_of_a_pass(cost_.layers), 1) + talk_s(n * logits, 1, 1);
  const double attended = rounds * context + n * rounds * (rounds - 1) / 2;
  return rounds * round +
         4 * cost_.attention_width * attended / (1e9 * rates_.decode_attention_gflops * tp_);
}

std::vector<int64_t> draw_lengths(int64_t count, double mean, double deviation, int64_t cap) {
  const Random random(1, "plan lengths");
  const double variance = std::log(1 + deviation * deviation);
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < count; ++i) {
    const double normal = random.normal(static_cast<uint32_t>(i));
    const double length = mean * std::exp(std::sqrt(variance) * normal - variance / 2);
    lengths.push_back(std::clamp<int64_t>(std::llround(length), 1, cap));
  }
  return lengths;
}

namespace {

// Seconds to send `bytes` from every rank, the links of a node shared by none.
double send_s(double bytes, double collectives, int ranks, const ClusterConfig& cluster) {
  if (ranks == 1) return 0;
  const double link =
      cluster.nodes > 1 ? cluster.rates.network_gbytes : cluster.rates.node_link_gbytes;
  return bytes / (1e9 * link) + 1e-6 * cluster.rates.latency_us * collectives * ranks;
}

// Of the fullest rank over the mean, in one update: what deal() leaves, tokens counted.
double imbalance(const JobWork& work, int num_ranks) {
  const int64_t count = std::max<int64_t>(1, work.sequences / std::max<int64_t>(1, work.updates));
  const auto lengths = draw_lengths(count, work.sequence_tokens, work.sequence_deviation,
                                    work.compute.max_positions);
  std::vector<double> tokens(static_cast<size_t>(num_ranks));
  const std::vector<int> owners = deal(lengths, num_ranks);
  double sum = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    tokens[static_cast<size_t>(owners[i])] += static_cast<double>(lengths[i]);
    sum += static_cast<double>(lengths[i]);
  }
  return *std::ranges::max_element(tokens) * num_ranks / sum;
}

void add_training(const JobWork& work, const ClusterConfig& cluster, StepTime& step) {
  const int ranks = ranks_along_dp(work, cluster);
  const RankTime rank(work.model, work.compute, cluster.rates, work.mesh.tp);
  const double fullest = imbalance(work, ranks);
  const double tokens =
      static_cast<double>(work.sequences) * work.sequence_tokens / ranks * fullest;
  step.train = rank.train(tokens, work.learned_share * tokens, work.sequence_tokens);
  step.train_idle = 1 - 1 / fullest;
  if (work.has_reference)
    step.reference = rank.score(tokens, work.learned_share * tokens, work.sequence_tokens);
  const auto updates = static_cast<double>(work.updates);
  step.update = updates * rank.update(ranks);
  const double parameters = static_cast<double>(work.model.num_parameters()) / work.mesh.tp;
  const double others = (ranks - 1.0) / ranks;
  step.traffic.reduce_scatter = updates * 4 * parameters * others;
  step.traffic.all_gather =
      updates * others * parameters * static_cast<double>(size_bytes(work.compute.master_dtype()));
  // A sample's tokens as int32, and a float's log-probability of each of the response.
  if (work.prompts > 0)
    step.traffic.exchange = static_cast<double>(work.sequences) / ranks * others *
                            (4 * work.sequence_tokens + 4 * work.response_tokens);
  const double buckets =
      std::ceil(parameters / static_cast<double>(std::max<int64_t>(1, work.bucket_elements)));
  step.communication =
      send_s(step.traffic.reduce_scatter + step.traffic.all_gather + step.traffic.exchange,
             2 * updates * buckets, ranks, cluster);
  const auto saved = static_cast<double>(work.checkpoint_bytes());
  // Written, and read once for the checksums.
  step.save = saved / (1e9 * cluster.write_gbytes) + saved / (1e9 * cluster.read_gbytes);
}

}  // namespace

StepTime predict_step(const JobWork& work, const ClusterConfig& cluster) {
  StepTime step;
  if (work.prompts > 0) {
    const auto lengths = draw_lengths(work.prompts * work.samples, work.response_tokens,
                                      work.response_deviation, work.max_new_tokens);
    const RolloutTime rollout = simulate_rollout(work, cluster, lengths);
    step.rollout = rollout.seconds;
    step.rollout_idle = rollout.idle;
    step.last_wave = rollout.last_wave;
    for (const ModelConfig& judge : work.judges) {
      const double tokens = static_cast<double>(lengths.size()) / ranks_along_dp(work, cluster) *
                            (work.prompt_tokens + work.response_tokens);
      step.judge += RankTime(judge, work.compute, cluster.rates)
                        .score(tokens, 0, work.prompt_tokens + work.response_tokens);
    }
  }
  if (work.updates > 0) add_training(work, cluster, step);
  return step;
}

double job_seconds(const JobWork& work, const StepTime& step) {
  double seconds =
      static_cast<double>(work.steps) * step.total() + static_cast<double>(work.saves) * step.save;
  if (work.evaluation_responses > 0 && work.prompts > 0)
    seconds += step.rollout * static_cast<double>(work.evaluation_responses) /
               static_cast<double>(work.prompts * work.samples);
  return seconds;
}

}  // namespace r1
