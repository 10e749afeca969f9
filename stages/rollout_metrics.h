// The numbers of a rollout that metrics.jsonl holds.
#pragma once

#include <vector>

#include "libr1/rollout/question_rollout.h"
#include "libr1/stage/metrics.h"

namespace r1 {

// Collective: over the samples of all ranks. Accuracy is over questions that a rule judges, each
// reward model's score over those it judges and "score" over both; "length/general" and
// "repetition/general" are of replies to general prompts; "mixed" is the share of samples with
// words of several languages among those with words.
Metrics rollout_metrics(const std::vector<AnsweredSample>& mine, const RewardConfig& weights,
                        ProcessGroup& group);

}  // namespace r1
