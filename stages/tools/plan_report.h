// r1-plan's page: what each job of a config takes on a cluster.
#pragma once

#include <string>
#include <vector>

#include "stages/tools/plan_cluster.h"
#include "stages/tools/plan_time.h"

namespace r1 {

struct PlannedJob {
  JobWork work;
  ClusterConfig cluster;  // as many nodes and ranks as the job has
};

// Prints the plan of every job under a line that says where. Fault::kInput, after all are printed,
// when one does not fit into a rank's memory: what it needs, what there is, and what would help.
void print_plan(const std::vector<PlannedJob>& jobs, const std::string& where);

// The reason why the job does not fit, with what to change; empty when it does.
std::string misfit(const JobWork& work, const ClusterConfig& cluster);

// What the phases of a job before its last one take.
struct EarlierPhases {
  double seconds = 0, rank_bytes = 0;
};
// [slurm.JOB] with a margin: half as much time again as predicted, at most a day a life, a sixth
// more memory.
std::string recommended_slurm(const JobWork& work, const ClusterConfig& cluster,
                              const StepTime& step, const EarlierPhases& earlier = {});

}  // namespace r1
