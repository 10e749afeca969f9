// The model that judges answers which no rule can verify (libr1/rollout/generative_judge.h), as a
// user sets it and as a stage holds it beside its policy.
#pragma once

#include "libr1/rollout/generative_judge.h"
#include "libr1/rollout/rollout_config.h"
#include "libr1/stage/context.h"
#include "libr1/train/model_file.h"
#include "libr1/train/policy.h"
#include "stages/stage_config.h"

namespace r1 {

struct JudgeSettings : RolloutConfig {
  std::string model;
  std::string prompt_template = "chat";
  std::string rubric = "agreement";
  int samples = 1;

  JudgeSettings() {
    temperature = 0;
    max_sequences = 64;
  }

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("model", model,
            "judges answers to questions with verifier \"judge\": a model.h5, a checkpoint's or a "
            "stage's folder; {run}/ stands for this run's; empty: none (paper: DeepSeek-V3)",
            TextForm::kPath);
    v.field(
        "template", prompt_template,
        "\"chat\" (the judge's own), \"r1-zero\", \"r1-chat\", or a text with {question} in it, "
        "where the filled rubric goes");
    v.field("rubric", rubric,
            "\"agreement\" (does the answer say what the reference says?), a text with {question}, "
            "{response} and perhaps {reference} and {mark} (a word that none of them holds), or a "
            "file with such a text");
    v.field("samples", samples, "judgements of each answer; most of them decide", at_least(1));
    v.field("temperature", temperature, "of the judge's text; 0: greedy", at_least(0));
    v.field("top_p", top_p, "smallest set of tokens with this probability; 1: all", between(0, 1));
    visit_others(v);
  }
  void check() const;
};

class JudgeModel {
 public:
  // Loads it. Fault::kInput for a reward model, and a rubric that is none.
  JudgeModel(const JudgeSettings& settings, const CommonSettings& common, StageContext& context);

  GenerativeJudge& judge() { return judge_; }
  const ModelConfig& config() const { return facts_.config; }

 private:
  std::string path_;
  ModelFacts facts_;
  Policy policy_;
  Engine engine_;
  GenerativeJudge judge_;
};

// What its verdicts depend on, as a JSON object.
std::string judge_facts(const JudgeSettings& settings, const std::string& run_dir);

}  // namespace r1
