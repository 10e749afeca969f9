// How long a job's steps take: counted work over the rates of a rank. PLAN.md has the formulas on
// one page; names there are those here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "stages/tools/plan_cluster.h"
#include "stages/tools/plan_work.h"

namespace r1 {

// What one token costs in a model.
struct TokenCost {
  double layer_macs = 0, head_macs = 0;  // multiply-adds of products
  double attention_width = 0;            // layers * heads * head_dim
  double layer_elements = 0;             // touched by norms, rotations, gates and sums, forward
  double vocab = 0;
  double parameters = 0, layers = 0, hidden = 0;

  explicit TokenCost(const ModelConfig& model);
};

// Seconds of one rank, or of `tp` ranks that share the model: then the work of all of them, each
// doing its part, and their talk in every layer, which nothing is computed beside.
class RankTime {
 public:
  RankTime(const ModelConfig& model, const ComputeSettings& compute, const RankRates& rates,
           int tp = 1)
      : cost_(model), compute_(compute), rates_(rates), tp_(tp) {}

  // Sequences of so many tokens each, of which `targets` (of all together) go through the head.
  double score(double tokens, double targets, double length) const;
  double train(double tokens, double targets, double length) const;
  // Zeroing, AdamW on a share of the parameters, packing all: once an update.
  double update(int num_ranks) const;
  // `rounds` generation rounds of n sequences which hold `context` tokens together at the first.
  double decode(double rounds, double n, double context) const;

 private:
  double element_s(double elements) const { return elements / (1e9 * rates_.elements_g * tp_); }
  double matmul_s(double macs) const {
    return 2 * macs / (rates_.matmul_flops(compute_.dtype) * tp_);
  }
  double memory_s(double bytes) const { return bytes / (1e9 * rates_.memory_gbytes * tp_); }
  // Rows of the hidden state that the ranks of a model gather or sum, in so many calls.
  double talk_s(double rows, double exchanges, double passes) const;
  TokenCost cost_;
  ComputeSettings compute_;
  RankRates rates_;
  int tp_;
};

// Log-normal lengths of a mean and a standard deviation relative to it, in [1, cap].
std::vector<int64_t> draw_lengths(int64_t count, double mean, double deviation, int64_t cap);

// Those that share the work: each stands for the mesh.tp ranks of a model.
inline int ranks_along_dp(const JobWork& work, const ClusterConfig& cluster) {
  return std::max(1, cluster.ranks() / work.mesh.tp);
}

struct RolloutTime {
  double seconds = 0;    // until the last rank is done
  double idle = 0;       // share of all ranks' time that they wait at the end
  double last_wave = 0;  // share of the time in which fewer than half of the peak are running
};
// The engine's schedule (libr1/rollout/engine.h), rank by rank, over a shared queue of prompts.
RolloutTime simulate_rollout(const JobWork& work, const ClusterConfig& cluster,
                             std::span<const int64_t> lengths);

// Bytes that a rank sends in one step.
struct StepTraffic {
  double reduce_scatter = 0, all_gather = 0, exchange = 0;  // along mesh.dp
};

struct StepTime {
  double rollout = 0, reference = 0, judge = 0, train = 0, communication = 0, update = 0;
  double save = 0;                                         // one checkpoint; not part of total()
  double rollout_idle = 0, last_wave = 0, train_idle = 0;  // shares
  StepTraffic traffic;
  double total() const { return rollout + reference + judge + train + communication + update; }
};
StepTime predict_step(const JobWork& work, const ClusterConfig& cluster);

// Seconds of the whole job: steps, held-out evaluations and checkpoints.
double job_seconds(const JobWork& work, const StepTime& step);

}  // namespace r1
