// Random rows and rules for tests of sampling.
#pragma once

#include <cmath>
#include <vector>

#include "kernels/sampling.h"
#include "libr1/core/philox.h"

namespace r1::kernels {

inline SamplingRule random_rule(const Random& random, uint32_t trial) {
  SamplingRule rule;
  rule.temperature = 0.3f + 2 * random.uniform(trial, 1);
  if (random.below(2, trial, 2)) rule.top_k = 1 + static_cast<int32_t>(random.below(20, trial, 3));
  if (random.below(2, trial, 4)) rule.top_p = random.uniform(trial, 5);
  if (random.below(2, trial, 6)) rule.min_p = 0.3f * random.uniform(trial, 7);
  return rule;
}

// Odd trials draw logits from a coarse grid, so that many tie, among them 0 and -0.
inline std::vector<float> random_logits(const Random& random, uint32_t trial, int64_t vocab) {
  std::vector<float> logits;
  for (uint32_t i = 0; i < vocab; ++i) {
    const double x = 3 * random.normal(trial, 9, i);
    logits.push_back(static_cast<float>(trial % 2 ? std::round(x) : x));
  }
  return logits;
}

}  // namespace r1::kernels
