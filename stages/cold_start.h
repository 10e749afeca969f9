// The cold start of R1: supervised fine-tuning of the base on a few clean worked examples, which
// are collected from R1-Zero's own answers and added to given ones (DeepSeek-R1, section 2.3.1).
#pragma once

#include "libr1/core/error.h"
#include "stages/collection.h"
#include "stages/sft.h"

namespace r1 {

struct ColdStartCollection : CollectionSettings {
  ColdStartCollection() {
    prompt_template = "r1-zero";
    keep_per_question = 1;
    response_form = "<think> {thoughts} </think> <answer> {answer} </answer>";
  }

  bool asks() const { return !questions.empty(); }  // whether there is anything to collect

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("model", model,
            "which answers the questions, and is needed with them only: a model.h5, a "
            "checkpoint's or a stage's folder",
            TextForm::kPath);
    CollectionSettings::visit(v);
  }
  void check() const {
    if (!asks()) return;
    CollectionSettings::check();
    R1_CHECK_INPUT(!model.empty(),
                   "questions names question sets, but model is empty; expected the model that "
                   "answers them, as model = \"{run}/r1-zero\"");
  }
};

struct ColdStartSettings : SftSettings {
  static constexpr const char* kStage = "r1-cold-start";
  ColdStartCollection collect;

  template <class Visitor>
  void visit(Visitor& v) {
    SftSettings::visit(v);
    v.table("collect", collect,
            "examples from R1-Zero's answers; no questions: the given examples alone");
  }
  void check() const {
    if (collect.asks())
      PromptTemplate::check(prompt_template);  // examples are yet to come
    else
      SftSettings::check();
  }
};

}  // namespace r1
