// One GRPO cycle on a rollout (DeepSeekMath, algorithm 1; DeepSeek-R1, equations 1 to 3):
// advantages inside each group, a random split into mini-batches, an optimizer step on each. Old
// log-probabilities are those of the rollout, which are the training forward's own, bit for bit.
#pragma once

#include <string>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/grpo/config.h"
#include "libr1/grpo/experience.h"
#include "libr1/grpo/policy_loss.h"
#include "libr1/optim/sharded_adamw.h"
#include "libr1/parallel/process_group.h"
#include "libr1/train/policy.h"

namespace r1 {

// Of one cycle, over all ranks; equal on all.
struct GrpoStatistics {
  int64_t groups = 0, zero_variance_groups = 0;
  int64_t samples = 0;
  int64_t updates = 0;   // optimizer steps of this cycle
  LossStatistics loss;   // sums over all mini-batches
  double entropy = 0;    // sum over tokens
  double mismatch = 0;   // largest |log-prob of training - of rollout| before the first update
  double grad_norm = 0;  // of the last update, as lr
  double lr = 0;
  double reference_s = 0, train_s = 0;
  // False: a gradient was not a number; that update was not done, nor later ones.
  bool finite = true;
};

class GrpoStep {
 public:
  // Keeps references, but to `sampling`: the rollout's, whose cap overlong responses are measured
  // against. `reference` may be null when the KL coefficient is 0.
  GrpoStep(const GrpoConfig& config, const SamplingSettings& sampling, Policy& policy,
           Policy* reference, ShardedAdamW& optimizer, ProcessGroup& group);

  // Collective. `local` are the samples this rank generated. Leaves the policy refreshed. The
  // result does not depend on which rank generated what.
  GrpoStatistics run(const std::vector<ScoredSample>& local, const Random& random, int64_t step);

  // After finite == false: this rank's samples of the mini-batch whose gradient was not a number.
  const std::vector<ScoredSample>& offending() const { return offending_; }

 private:
  struct Member;
  struct Batch;
  std::vector<SampleFacts> gather_facts(const std::vector<ScoredSample>& local) const;
  // Advantage of each fact; NaN for samples that are not trained on.
  std::vector<double> advantages(const std::vector<SampleFacts>& facts,
                                 GrpoStatistics& statistics) const;
  std::vector<Batch> distribute(const std::vector<ScoredSample>& local,
                                const std::vector<SampleFacts>& facts,
                                const std::vector<double>& advantages,
                                const std::vector<int64_t>& order) const;
  void score_reference(std::vector<Batch>& batches) const;
  bool update(Batch& batch, bool policy_unchanged, GrpoStatistics& statistics);
  void combine(GrpoStatistics& statistics) const;

  const GrpoConfig& config_;
  double inverse_temperature_;
  int64_t max_new_tokens_;
  Policy& policy_;
  Policy* reference_;
  ShardedAdamW& optimizer_;
  ProcessGroup& group_;
  std::vector<ScoredSample> offending_;
};

}  // namespace r1
