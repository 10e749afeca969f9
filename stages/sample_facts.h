// What samples were drawn from and how: kept beside them, so that samples of another model or
// setting are never counted as these.
#pragma once

#include <string>
#include <vector>

#include "libr1/reward/reward.h"
#include "libr1/rollout/rollout_config.h"
#include "stages/stage_config.h"

namespace r1 {

// A JSON object of how responses are drawn and judged: sampling rule, extraction, the math
// verifier's rules, seed, dtype. What other verifiers need is in verifiers.h.
std::string sampling_facts(const RolloutConfig& rollout, const RewardConfig& reward,
                           const CommonSettings& common);
// Of what find_model finds; `goes_on` is called while a file is read.
std::string checksum_of_model(
    const std::string& path, FunctionRef<void()> goes_on = [] {});

// Fault::kInput naming `where` and the first fact of `expected` that `found` says otherwise.
void check_same_facts(const std::string& expected, const std::string& found,
                      const std::string& where);
// Writes `facts` into the folder, or checks them against those that it holds. For one rank.
void keep_facts(const std::string& folder, const std::string& facts);

}  // namespace r1
