// Rewards of a group of responses to one question, made into advantages (DeepSeekMath, section
// 4.1.2: outcome supervision).
#pragma once

#include <cstdint>
#include <span>

#include "libr1/grpo/config.h"

namespace r1 {

struct GroupStatistics {
  int64_t counted = 0;
  bool zero_variance = false;
};

// advantages[i] for rewards[i]; 0 where counted[i] is 0 (the verifier could not decide, or the
// response is masked): such members leave the group. A group of fewer than two members, or of equal
// rewards, has advantages 0.
GroupStatistics group_advantages(std::span<const double> rewards, std::span<const uint8_t> counted,
                                 const GrpoConfig& config, std::span<double> advantages);

// What is added to the reward of a response of `length` tokens when at most `max_length` were
// allowed (DAPO, equation 13): 0, then falling over the last `buffer` tokens to -1 at the cap.
double overlong_penalty(int64_t length, int64_t max_length, int64_t buffer);

}  // namespace r1
