// AdamW with gradients reduced bucket by bucket during backward and its moments sharded over the
// data-parallel group (ZeRO-1): each rank updates its slices of the master and gathers the rest.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/optim/bucket_plan.h"
#include "libr1/optim/schedule.h"
#include "libr1/parallel/process_group.h"
#include "libr1/tensor/param_set.h"

namespace r1 {

struct OptimizerConfig {
  ScheduleConfig schedule;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double eps = 1e-8;
  double weight_decay = 0.1;
  double clip_norm = 1.0;
  int64_t bucket_elements = 4'000'000;

  template <class Visitor>
  void visit(Visitor& v) {
    schedule.visit(v);
    v.field("beta1", beta1, "decay of the first moment (V3: 0.9)", half_open(0, 1));
    v.field("beta2", beta2, "decay of the second moment (V3: 0.95)", half_open(0, 1));
    v.field("eps", eps, "added to the root of the second moment", positive());
    v.field("weight_decay", weight_decay, "decoupled, of matrices only (V3: 0.1)", at_least(0));
    v.field("clip_norm", clip_norm, "largest global gradient norm; 0: no clipping (V3: 1)",
            at_least(0));
    v.field("bucket_elements", bucket_elements, "gradients reduced at a time", at_least(1));
  }
};

// With the schedule of a stage of so many optimizer steps.
inline OptimizerConfig over_steps(OptimizerConfig config, int64_t steps) {
  config.schedule = over_steps(config.schedule, steps);
  return config;
}

class ShardedAdamW {
 public:
  // `master` and the groups outlive this; gradients and moments are where it is, f32, or f64 as it.
  // A master of bf16 is rounded at random. tp: the ranks that share the model, of which `master` is
  // a part; null: it is the whole.
  ShardedAdamW(const OptimizerConfig& config, const ParamSet& master, ProcessGroup& group,
               Stream stream, ProcessGroup* tp = nullptr);
  ~ShardedAdamW();

  // What it takes on a rank, in bytes; without making one. Rank 0 has most.
  struct Memory {
    int64_t moments = 0;
    // Of several ranks: gradients summed over them, of the owned ranges, and padding; other ranks'
    // slices of the buckets under way (libr1/parallel).
    int64_t reduced = 0;
    int64_t in_flight = 0;
  };
  static Memory memory(const OptimizerConfig& config, int64_t num_parameters, int rank,
                       int num_ranks, Dtype dtype);

  // Told by backward that gradients [begin, begin + count) are final: starts the reduction of every
  // bucket that is complete by it. Each element is reported once a step and stays until step();
  // what is never reported is reduced by step(). Collective: all ranks report in the same order.
  void gradients_ready(const ParamSet& grads, int64_t begin, int64_t count);

  struct Result {
    double grad_norm = 0;  // before clipping
    double lr = 0;
    bool finite = true;  // false: the norm is not a number; nothing was changed
  };
  // Finishes the reductions, clips, updates and gathers the master. The step count goes up by one
  // unless the gradients were not finite.
  Result step(const ParamSet& grads);

  // State for checkpoints: moments of the owned ranges, one after another.
  std::vector<FlatRange> owned() const { return plan_.owned(group_.rank()); }
  const TensorView& m() const { return m_; }
  const TensorView& v() const { return v_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  void start_bucket(const ParamSet& grads, int64_t idx);
  void finish_oldest();
  // Nobody to reduce with: the gradients are taken from where they were made.
  bool is_alone() const { return group_.size() == 1; }
  // The sums over the ranks of a slice of this rank's.
  TensorView reduced(const ParamSet& grads, const FlatRange& slice) const;
  double squared_norm(const ParamSet& grads) const;
  void update(const ParamSet& grads, double lr, double grad_scale);  // and gathers
  void update_slice(const TensorView& grad, const FlatRange& slice, int64_t at, double lr,
                    double grad_scale);
  void start_gather(int64_t bucket);
  TensorView padded_master(int64_t bucket) const;

  OptimizerConfig config_;
  const ParamSet& master_;
  ProcessGroup& group_;
  Stream stream_;
  ProcessGroup* tp_;
  Random rounding_;
  std::vector<FlatRange> counted_;  // in the norm: what is not repeated, ascending
  BucketPlan plan_;
  Tensor m_, v_;                  // [owned elements]
  Tensor mine_;                   // reduced gradients [buckets, slice]; none where this is alone
  std::vector<Tensor> padded_;    // a bucket's gradients where it needs padding
  Tensor squares_, blocks_;       // f64: of each bucket and counted range; work space
  std::vector<int64_t> missing_;  // elements of a bucket not reported yet
  std::vector<bool> started_;
  std::deque<int64_t> in_flight_;  // buckets, oldest first
  std::vector<std::unique_ptr<Work>> pending_;
  int64_t steps_ = 0;
};

}  // namespace r1
