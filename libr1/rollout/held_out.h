// Accuracy on questions that are never trained on, measured during training.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/rollout/evaluate.h"
#include "libr1/rollout/question_rollout.h"

namespace r1 {

struct HeldOutConfig {
  std::vector<std::string> sets;
  int64_t every = 0;
  int samples = 16;
  double temperature = 0.6;
  double top_p = 0.95;
  int64_t max_questions = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("sets", sets, "question sets, each \"name=file.h5\"", TextForm::kNamedPath);
    v.field("every", every, "steps between evaluations; 0: at the start and the end only",
            at_least(0));
    v.field("samples", samples, "k responses to each question (paper: 4 to 64)", at_least(1));
    v.field("temperature", temperature, "of evaluation (paper: 0.6)", at_least(0));
    v.field("top_p", top_p, "of evaluation (paper: 0.95)", between(0, 1));
    v.field("max_questions", max_questions, "of each set, the first ones; 0: all", at_least(0));
  }
  void check() const;
};

// What is counted of a sample.
GradedSample grade(const AnsweredSample& answered);
// Collective: those of all ranks, on every rank.
std::vector<GradedSample> gather_graded(const std::vector<AnsweredSample>& mine,
                                        ProcessGroup& group);

class HeldOut {
 public:
  // Reads all sets. `settings` are the rollout's; temperature, top-p and the number of samples are
  // replaced by the config's. Fault::kInput for questions that a reward model is to judge.
  HeldOut(const HeldOutConfig& config, const SamplingSettings& settings, uint64_t seed,
          const std::string& run_dir);

  bool due(int64_t step) const;
  std::vector<const QuestionSet*> sets() const;
  int64_t questions_of(const QuestionSet& set) const;  // that are asked, the first ones
  // Collective. The same questions meet the same random numbers at every step, so differences are
  // the policy's.
  std::map<std::string, EvaluationResult> run(QuestionRollout& rollout, ProcessGroup& group) const;

 private:
  struct Set {
    std::string name;
    QuestionSet questions;
  };
  HeldOutConfig config_;
  SamplingSettings settings_;
  Random random_;
  std::vector<Set> sets_;
};

}  // namespace r1
