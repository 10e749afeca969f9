// What a training run needs to go on bit for bit: model.h5, optimizer.h5 (both moments of every
// parameter, each rank writing what it owns, and the stage's counters) and, in RL, reference.h5.
// Nothing in it tells how many ranks wrote it, or how they shared the model.
#pragma once

#include <string>

#include "libr1/optim/sharded_adamw.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/train/model_file.h"
#include "libr1/train/policy.h"

namespace r1 {

// What is saved and restored; nothing is owned.
struct TrainingState {
  Policy& policy;
  ShardedAdamW& optimizer;
  Policy* reference = nullptr;  // may be null
};

// Collective over all ranks of the job, in the mesh's order. Returns the checkpoint's folder.
std::string save_training(const std::string& folder, int64_t step, const TrainingState& state,
                          const ModelFacts& facts, const Counters& counters,
                          const Communicator& communicator);

// Collective: verifies checksums, then fills the state; policy and reference are refreshed. Works
// on any number of ranks. Fault::kInput when the checkpoint is of another model.
Counters load_training(const std::string& checkpoint, const TrainingState& state,
                       const Communicator& communicator);

}  // namespace r1
