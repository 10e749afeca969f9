// The numbers of a rollout that metrics.jsonl holds.
#pragma once

#include <vector>

#include "libr1/rollout/question_rollout.h"
#include "libr1/stage/metrics.h"

namespace r1 {

// Unless neither a rule nor a reward model could decide.
bool is_counted(const AnsweredSample& a);

// Collective: over the samples of all ranks. "unverifiable" counts those that leave their groups.
// Accuracy is over samples with a verdict, which reward models do not give; each of their scores is
// over the samples it judges and "score" over both; "length/general" and
// "repetition/general" are of replies to general prompts; "mixed" is the share of samples with
// words of several languages among those with words.
Metrics rollout_metrics(const std::vector<AnsweredSample>& mine, const RewardConfig& weights,
                        ProcessGroup& group);

}  // namespace r1
