// What a plan cannot read from a config: how long texts are, and what stands in files that are not
// here yet. [plan] of the config says it for all jobs, [plan.JOB] for one:
//
//   [plan]
//   model = "Qwen2.5-7B"
//   response_tokens = 2000
//   [plan.r1-sft]
//   examples = 800000
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/config/pipeline.h"

namespace r1 {

struct PlanWorkload {
  std::string model;
  double prompt_tokens = 0, response_tokens = 0, response_deviation = 0.6;
  int64_t questions = 0, examples = 0;
  double example_tokens = 0, learned_share = 0.7;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("model", model,
            "the base where its file is not here: a known name (Qwen2.5-7B), a config.json");
    v.field("prompt_tokens", prompt_tokens, "of a question, mean; 0: read, or 64", at_least(0));
    v.field("response_tokens", response_tokens,
            "of a response, mean over the run; 0: a quarter of max_new_tokens", at_least(0));
    v.field("response_deviation", response_deviation,
            "standard deviation of a response's length / mean; lengths are log-normal, cut at the "
            "cap",
            at_least(0));
    v.field("questions", questions, "of rejection sampling and evaluation; 0: read, or 1000",
            at_least(0));
    v.field("examples", examples, "to learn from; 0: read, or 10000", at_least(0));
    v.field("example_tokens", example_tokens,
            "of an example with its question; 0: read, or those of question and response",
            at_least(0));
    v.field("learned_share", learned_share, "of an example's tokens that are predicted",
            between(0, 1));
  }
};

// By job; overrides are those of --set, of which "plan.key=value" count. Fault::kInput lists what
// is wrong in [plan].
std::map<std::string, PlanWorkload> read_workloads(const std::string& config,
                                                   const std::vector<std::string>& overrides,
                                                   const std::vector<Job>& jobs);

}  // namespace r1
