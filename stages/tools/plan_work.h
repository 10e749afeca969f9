// What a job computes, whichever stage it is: read from its config, the files that are here, and
// [plan] (plan_workload.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libr1/rollout/rollout_config.h"
#include "stages/stage_memory.h"
#include "stages/tools/plan_workload.h"

namespace r1 {

struct JobWork {
  std::string name, stage;
  std::string phase;  // of a job that does two things one after another; else empty
  ModelConfig model;
  ComputeSettings compute;
  MeshConfig mesh;
  std::function<StageMemory(const ComputeSettings&, int num_ranks)> memory;
  std::vector<std::string> notes;  // what was read, given and assumed

  int array = 0;      // tasks of a job array, of which this is one; 0: no array
  int64_t steps = 0;  // of the job, or of one task
  // Of one step, over all ranks.
  int64_t prompts = 0, samples = 0;  // samples: to each prompt
  double prompt_tokens = 0, response_tokens = 0, response_deviation = 0;
  int64_t max_new_tokens = 0;
  EngineLimits engine;
  std::vector<ModelConfig> judges;  // reward models that score the responses
  bool has_reference = false;
  int64_t updates = 0;    // optimizer steps
  int64_t sequences = 0;  // trained on, in all updates together
  double sequence_tokens = 0, sequence_deviation = 0, learned_share = 1;
  int64_t bucket_elements = 1;

  int64_t evaluation_responses = 0;  // of the whole run, held-out questions
  int64_t saves = 0, kept = 0;       // checkpoints written, and kept
  int64_t checkpoint_bytes() const;  // weights, reference and moments
};

// In the order that they run. A file without [pipeline] has a job for each stage's table.
// Fault::kInput as the stage itself would say it, and for a base that is neither here nor given.
std::vector<JobWork> read_work(const std::string& config,
                               const std::vector<std::string>& overrides);

}  // namespace r1
