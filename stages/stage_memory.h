// What the large blocks of a stage take on a rank: the plan that a stage logs before its first step
// and that r1-plan prints before there is a job. Every figure is the sum of what the allocations
// themselves are sized by. Not in it: the executable and its libraries, the data sets and samples
// as text and tokens, HDF5's and MPI's buffers.
#pragma once

#include <span>
#include <string>

#include "stages/reinforcement.h"

namespace r1 {

// Bytes on rank 0, which has the largest share of what is sharded.
struct StageMemory {
  int64_t master = 0;       // parameters that the optimizer updates, where they are a copy
  int64_t compute = 0;      // their copies as products use them, rotary table
  int64_t gradients = 0;    // f32
  int64_t sums = 0;         // gradients on a GPU, where the optimizer is offloaded
  int64_t optimizer = 0;    // moments and reduced gradients of the owned slices
  int64_t exchange = 0;     // other ranks' gradients that wait to be added
  int64_t activations = 0;  // of a micro-batch
  int64_t reference = 0;    // weights and scratch of the reference policy
  int64_t cache = 0;        // keys and values of the rollout
  int64_t rollout = 0;      // activations and logits of a round
  int64_t judges = 0;       // weights and scratch of reward models

  bool offloaded = false;  // master, gradients and optimizer are the host's, the rest a GPU's

  int64_t optimizer_side() const { return master + gradients + optimizer + exchange; }
  int64_t total() const {
    return optimizer_side() + compute + sums + activations + reference + cache + rollout + judges;
  }
  // Of the memory that a rank computes in.
  int64_t on_device() const { return offloaded ? total() - optimizer_side() : total(); }
  std::string to_string() const;  // "weights 3 MiB, gradients 1 MiB, ..."
};

// model: the whole one, shared as the mesh says.
StageMemory training_memory(const ModelConfig& model, const ComputeSettings& compute,
                            const OptimizerConfig& optimizer, const MeshConfig& mesh,
                            int num_ranks);
// `judges`: the reward models.
StageMemory reinforcement_memory(const ModelConfig& model, const ComputeSettings& compute,
                                 const ReinforcementSettings& settings, const MeshConfig& mesh,
                                 int num_ranks, std::span<const ModelConfig> judges);
StageMemory generation_memory(const ModelConfig& model, const ComputeSettings& compute,
                              const RolloutConfig& rollout, const MeshConfig& mesh);

// The settings, before anything of the plan is allocated. Fault::kInput when the rank's GPU has
// less free memory than the plan and what libraries take later need there: with both figures, and
// what would lower the need.
const ComputeSettings& fitting(const ComputeSettings& compute, const StageMemory& memory);

}  // namespace r1
