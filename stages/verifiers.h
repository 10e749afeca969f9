// What answers are judged by where comparing texts is not enough: a sandbox that runs programs, and
// a model that judges. Every stage that grades answers has these tables beside its [STAGE.reward].
#pragma once

#include <memory>
#include <span>
#include <string>

#include "libr1/data/question_set.h"
#include "libr1/sandbox/sandbox.h"
#include "stages/judge_model.h"

namespace r1 {

struct VerifierSettings {
  SandboxConfig sandbox;
  JudgeSettings judge;

  template <class Visitor>
  void visit(Visitor& v) {
    v.table("sandbox", sandbox, "how answers that are programs are run");
    v.table("judge", judge, "the generative model that judges what no rule can");
  }
};

class Verifiers {
 public:
  using Sets = std::span<const QuestionSet* const>;

  // Makes ready what the questions of these sets need and nothing else, so that a run without code
  // needs no bubblewrap. On every rank, as its node may differ from the others'. Fault::kInput says
  // what this machine or the config lacks.
  Verifiers(const VerifierSettings& settings, Sets sets, const CommonSettings& common,
            StageContext& context);

  CodeRunner* code_runner() { return &sandbox_; }
  GenerativeJudge* judge() { return judge_ ? &judge_->judge() : nullptr; }
  // For the plan of memory; null without a judge.
  const ModelConfig* judge_model() const { return judge_ ? &judge_->config() : nullptr; }

 private:
  Sandbox sandbox_;
  std::unique_ptr<JudgeModel> judge_;
};

// What verdicts on these sets' questions depend on beside the answer, to be kept with samples: a
// JSON object, empty where comparing texts is enough.
std::string verifier_facts(const VerifierSettings& settings, Verifiers::Sets sets,
                           const std::string& run_dir);

}  // namespace r1
