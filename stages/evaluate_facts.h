// What the samples of a pair were drawn from and how: kept beside them, so that samples of another
// model or setting are never counted as these.
#pragma once

#include <string>
#include <vector>

#include "stages/evaluate_plan.h"

namespace r1 {

// A JSON object for each pair of the plan: path and checksum of model and questions, template,
// samples, sampling rule, longest response, seed. Reads every model file once; for one rank.
std::vector<std::string> facts_of_pairs(const EvaluationPlan& plan, const CommonSettings& common,
                                        const EvaluateSettings& settings);

// Fault::kInput naming `where` and the first fact of `expected` that `found` says otherwise.
void check_same_facts(const std::string& expected, const std::string& found,
                      const std::string& where);

}  // namespace r1
