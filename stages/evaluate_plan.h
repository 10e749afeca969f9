// What an evaluation is made of: models, benchmarks, and which pairs of them this job evaluates.
#pragma once

#include <string>
#include <vector>

#include "libr1/data/question_set.h"
#include "libr1/tokenizer/prompt_template.h"
#include "stages/evaluate_settings.h"
#include "stages/stage_config.h"

namespace r1 {

struct EvaluatedModel {
  std::string name, path;  // what find_model finds
  std::string template_text;
  PromptTemplate prompt_template;
};

struct Benchmark {
  std::string name;
  QuestionSet set;
  int64_t questions;  // the first ones of the set
  int samples;        // k
  int64_t max_new_tokens;
  // Of each question, its difficulty on the scale of libr1/rollout/rating.h: the column "rating" of
  // the file. Empty when it has none.
  std::vector<double> ratings;
};

struct EvaluationPair {
  size_t model = 0, benchmark = 0;
};

struct EvaluationPlan {
  std::vector<EvaluatedModel> models;
  std::vector<Benchmark> benchmarks;
  std::vector<EvaluationPair> pairs;  // of this part; model by model
};

// Reads and checks everything before the first token is generated. Fault::kInput: a missing or
// broken file, a reward model, a benchmark that needs one to judge, a prompt that leaves no room
// for the longest response within compute.max_positions.
EvaluationPlan plan_evaluation(const EvaluateSettings& settings, const ComputeSettings& compute,
                               StageContext& context);

// What the samples of each pair are drawn from and how, see sample_facts.h. Reads every model file
// once; for one rank.
std::vector<std::string> facts_of_pairs(const EvaluationPlan& plan, const CommonSettings& common,
                                        const EvaluateSettings& settings,
                                        const std::string& run_dir, FunctionRef<void()> goes_on);

}  // namespace r1
