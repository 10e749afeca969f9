// How a collection of a model's own answers is made, as a user sets it.
#pragma once

#include <string>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/reward/reward.h"
#include "libr1/rollout/rollout_config.h"
#include "stages/verifiers.h"

namespace r1 {

struct ReadabilityLimits {
  double min_language_share = 0.95;
  double max_repetition = 0.2;
  int64_t max_paragraph_words = 400;
  bool refuse_code_blocks = true;
  bool require_format = true;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("min_language_share", min_language_share,
            "smallest share of the thoughts' words in the question's language", between(0, 1));
    v.field("max_repetition", max_repetition,
            "largest share of runs of 8 words that occurred before", between(0, 1));
    v.field("max_paragraph_words", max_paragraph_words, "longest paragraph of the thoughts",
            at_least(1));
    v.field("refuse_code_blocks", refuse_code_blocks, "drop thoughts with code blocks");
    v.field("require_format", require_format, "drop what is not thoughts, then answer, in tags");
  }
};

// A stage names the model itself: it may need one or not.
struct CollectionSettings {
  std::string model;
  std::string prompt_template = "r1-chat";
  std::vector<std::string> questions;
  int64_t max_questions = 0;
  std::vector<int64_t> per_domain;
  std::vector<std::string> decontaminate;
  int samples = 4;
  int64_t keep_per_question = 2;
  int64_t interval_questions = 256;
  std::string response_form = "{response}";
  std::vector<std::string> mix_in;
  RewardConfig reward;
  VerifierSettings verifiers;
  RolloutConfig rollout;
  ReadabilityLimits readable;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field(
        "template", prompt_template,
        "\"r1-zero\", \"r1-chat\", \"chat\" (the model's own), or a text with {question} in it");
    v.field("questions", questions, "question sets, each \"domain=file.h5\"", TextForm::kNamedPath);
    v.field("max_questions", max_questions, "of each set, the first ones; 0: all", at_least(0));
    v.field("per_domain", per_domain,
            "most examples kept of each domain, in the order of questions; empty or 0: all");
    v.field("decontaminate", decontaminate,
            "question sets of evaluations: a question that shares 10 words on end with one of "
            "theirs is left out (paper: 10-gram)",
            TextForm::kPath);
    v.field("samples", samples, "responses to each question", at_least(1));
    v.field("keep_per_question", keep_per_question, "most examples kept of a question; 0: all",
            at_least(0));
    v.field("interval_questions", interval_questions, "questions between two points to go on from",
            at_least(1));
    v.field("response_form", response_form,
            "an example's response: {response}, with the <think> that a prompt ends with, or made "
            "of {thoughts} and {answer}");
    v.field("mix_in", mix_in, "data sets of examples that are added as they are", TextForm::kPath);
    v.table("reward", reward, "rule rewards");
    verifiers.visit(v);
    v.table("rollout", rollout, "how responses are drawn");
    v.table("readable", readable, "which responses are readable");
  }
  void check() const;
};

}  // namespace r1
