// What answers are judged by where comparing texts is not enough: a sandbox that runs programs.
// Every stage that grades answers has these tables beside its [STAGE.reward].
#pragma once

#include <span>

#include "libr1/data/question_set.h"
#include "libr1/sandbox/sandbox.h"

namespace r1 {

struct VerifierSettings {
  SandboxConfig sandbox;

  template <class Visitor>
  void visit(Visitor& v) {
    v.table("sandbox", sandbox, "how answers that are programs are run");
  }
};

class Verifiers {
 public:
  // Starts nothing. Fault::kInput for settings that contradict themselves.
  explicit Verifiers(const VerifierSettings& settings)
      : settings_(settings), sandbox_(settings.sandbox) {}

  // Before the first answer: makes ready what these questions need and nothing else, so that a run
  // without code needs no bubblewrap. On every rank, as its node may differ from the others'.
  // Fault::kInput says what this machine or the config lacks.
  void prepare(std::span<const QuestionSet* const> sets);

  CodeRunner* code_runner() { return &sandbox_; }

 private:
  void prepare_sandbox(std::span<const QuestionSet* const> sets) const;

  const VerifierSettings& settings_;
  Sandbox sandbox_;
};

}  // namespace r1
