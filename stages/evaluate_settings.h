// Config of r1-evaluate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libr1/data/run_path.h"
#include "libr1/reward/reward.h"
#include "libr1/rollout/rollout_config.h"
#include "stages/part.h"
#include "stages/verifiers.h"

namespace r1 {

struct EvaluationRollout : RolloutConfig {
  EvaluationRollout() {
    temperature = 0.6;
    top_p = 0.95;
  }

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("temperature", temperature,
            "of sampling (paper: 0.6); 0: greedy, one response a question", at_least(0));
    v.field("top_p", top_p, "smallest set of tokens with this probability; 1: all (paper: 0.95)",
            between(0, 1));
    visit_others(v);
  }
};

struct EvaluateSettings : PartSettings {
  static constexpr const char* kStage = "r1-evaluate";

  std::vector<std::string> models;
  std::string prompt_template = "r1-chat";
  std::vector<std::string> template_of;
  std::vector<std::string> benchmarks;
  int samples = 16;
  std::vector<std::string> samples_of;
  std::vector<std::string> max_new_tokens_of;
  int64_t max_questions = 0;
  int64_t interval_samples = 4096;
  RewardConfig reward;
  VerifierSettings verifiers;
  EvaluationRollout rollout;

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("models", models,
               "models to evaluate, each \"name=path\": a model.h5, a checkpoint's or a stage's "
               "folder; {run}/ stands for this run's",
               TextForm::kNamedPath);
    v.field(
        "template", prompt_template,
        "\"r1-zero\", \"r1-chat\", \"chat\" (the model's own), or a text with {question} in it");
    v.field("template_of", template_of, "of single models, each \"model=template\"");
    v.required("benchmarks", benchmarks, "question sets, each \"name=file.h5\"",
               TextForm::kNamedPath);
    v.field("samples", samples, "k responses to each question (paper: 4 to 64)", at_least(1));
    v.field("samples_of", samples_of,
            "k of single benchmarks, each \"benchmark=64\" (paper: 64 for AIME and GPQA, 16 for "
            "MATH and Codeforces, 8 for LiveCodeBench)");
    v.field("max_new_tokens_of", max_new_tokens_of,
            "longest response of single benchmarks, each \"benchmark=32768\"");
    v.field("max_questions", max_questions, "of each benchmark, the first ones; 0: all",
            at_least(0));
    v.field("interval_samples", interval_samples,
            "responses between two points to go on from; more keep more ranks busy", at_least(1));
    PartSettings::visit(v);
    v.table("reward", reward, "how responses are judged; the weights do not matter here");
    verifiers.visit(v);
    v.table("rollout", rollout, "how responses are drawn");
  }
  void check() const;
};

// The settings' lists of texts, taken apart.
struct EvaluationEntries {
  std::vector<NamedText> models, benchmarks;
  std::map<std::string, std::string> templates;            // of some models
  std::map<std::string, int64_t> samples, max_new_tokens;  // of some benchmarks
};
// Fault::kInput: an entry that is not name=value, names that are twice there, unknown or no
// folder's, no model or benchmark, a number that is none.
EvaluationEntries entries_of(const EvaluateSettings& settings);

}  // namespace r1
