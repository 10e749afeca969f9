// Dynamic sampling (DAPO, Yu et al. 2025, section 3.2): a group whose rewards are all equal has no
// advantages, so further questions are asked until enough groups have some.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libr1/parallel/process_group.h"

namespace r1 {

struct QuestionReward {
  int64_t question = 0;
  double reward = 0;
};

// Collective: the questions with two different rewards, over all ranks, ascending; the same on
// every rank. `mine`: one entry a sample that counts.
std::vector<int64_t> informative_questions(std::span<const QuestionReward> mine,
                                           ProcessGroup& group);

}  // namespace r1
