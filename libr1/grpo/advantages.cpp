#include "libr1/grpo/advantages.h"

#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"

namespace r1 {

GroupStatistics group_advantages(std::span<const double> rewards, std::span<const uint8_t> counted,
                                 const GrpoConfig& config, std::span<double> advantages) {
  R1_CHECK(rewards.size() == counted.size() && rewards.size() == advantages.size(),
           "advantages: ", rewards.size(), " rewards, ", counted.size(), " flags and ",
           advantages.size(), " results");
  GroupStatistics group;
  double sum = 0, lowest = INFINITY, highest = -INFINITY;
  for (size_t i = 0; i < rewards.size(); ++i) {
    if (!counted[i]) continue;
    R1_CHECK(std::isfinite(rewards[i]), "advantages: reward ", i, " is ", rewards[i]);
    ++group.counted;
    sum += rewards[i];
    lowest = std::min(lowest, rewards[i]);
    highest = std::max(highest, rewards[i]);
  }
  std::fill(advantages.begin(), advantages.end(), 0.0);
  if (group.counted == 0) return group;
  const double count = static_cast<double>(group.counted);
  const double mean = sum / count;
  group.zero_variance = lowest == highest;
  if (group.zero_variance) return group;
  double squares = 0;
  for (size_t i = 0; i < rewards.size(); ++i)
    if (counted[i]) squares += (rewards[i] - mean) * (rewards[i] - mean);
  const double deviation = std::sqrt(squares / (config.unbiased_std ? count - 1 : count));
  for (size_t i = 0; i < rewards.size(); ++i) {
    if (!counted[i]) continue;
    const double centered = rewards[i] - mean;
    switch (config.advantage) {
      case AdvantageKind::kMeanStd:
        advantages[i] = centered / (deviation + config.std_epsilon);
        break;
      case AdvantageKind::kMean:
        advantages[i] = centered;
        break;
      case AdvantageKind::kLeaveOneOut:  // r - (sum - r) / (n - 1)
        advantages[i] = centered * count / (count - 1);
        break;
    }
  }
  return group;
}

double overlong_penalty(int64_t length, int64_t max_length, int64_t buffer) {
  const int64_t over = length - (max_length - buffer);
  if (buffer <= 0 || over <= 0) return 0;
  return -std::min(1.0, static_cast<double>(over) / static_cast<double>(buffer));
}

}  // namespace r1
