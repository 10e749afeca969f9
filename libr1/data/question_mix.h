// Questions of several domains, mixed by weight. Which domain a place in the run draws from, and
// which of its questions, depends on the place alone; each domain goes through its questions in
// random order, epoch after epoch.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/data/question_set.h"
#include "libr1/data/shuffled_cursor.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {

struct QuestionMixConfig {
  std::vector<std::string> sets;
  std::vector<double> weights;
  std::vector<int64_t> from_step;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("sets", sets, "question sets, each \"domain=file.h5\"", TextForm::kNamedPath);
    v.field("weights", weights, "share of each domain, in the order of sets; empty: all alike");
    v.field("from_step", from_step,
            "steps done when a domain joins, in the order of sets; empty: all from the start "
            "(paper: general prompts in the last 400 of 1,700 updates: from step 81 of 106)");
  }
  void check() const;
};

// What a prompt has to leave room for, and within what; tokens.
struct ResponseRoom {
  int64_t max_new_tokens, max_positions;

  bool fits(int64_t prompt_tokens) const { return prompt_tokens <= max_positions - max_new_tokens; }
};

class QuestionMix {
 public:
  // Questions whose prompt does not fit are left out and counted; `prompt_tokens` says how long one
  // is. Fault::kInput: what check() refuses, and a domain without a usable question.
  using PromptTokens = std::function<int64_t(const Question&)>;
  QuestionMix(const QuestionMixConfig& config, const std::string& run_dir, uint64_t seed,
              const ResponseRoom& room, const PromptTokens& prompt_tokens);

  // The next question of a run that has done `step` steps.
  const Question& next(int64_t step);

  int64_t size() const;      // usable questions
  int64_t left_out() const;  // too long
  std::vector<const QuestionSet*> sets() const;
  // State for checkpoints: questions taken of each domain, by its name, and of all.
  Counters taken() const;
  // Fault::kInput: the checkpoint is not of a run over questions.
  void restore(const Counters& counters);

 private:
  struct Domain {
    std::string name;
    QuestionSet set;
    std::vector<int64_t> usable;
    ShuffledCursor cursor;
    double weight;
    int64_t from_step;
  };
  std::vector<Domain> domains_;
  Random random_;
  int64_t places_ = 0;
  int64_t left_out_ = 0;
};

}  // namespace r1
