// Rewards under tensor parallelism: all ranks of a group drew the same samples, one judges them.
#pragma once

#include <vector>

#include "libr1/parallel/process_group.h"
#include "libr1/rollout/question_rollout.h"

namespace r1 {

// Collective: the rewards that rank 0 has, on every rank. Programs may end otherwise when they are
// run again, and all ranks must take the same step.
void share_rewards(std::vector<AnsweredSample>& answered, ProcessGroup& group);

}  // namespace r1
