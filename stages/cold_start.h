// The cold start of R1: supervised fine-tuning of the base on a few clean worked examples, which
// are collected from R1-Zero's own answers and added to given ones (DeepSeek-R1, section 2.3.1).
#pragma once

#include "stages/collection.h"
#include "stages/sft.h"

namespace r1 {

struct ColdStartSettings : SftSettings {
  static constexpr const char* kStage = "r1-cold-start";
  CollectionSettings collect;

  ColdStartSettings() {
    collect.model = "{run}/r1-zero";
    collect.prompt_template = "r1-zero";
    collect.keep_per_question = 1;
    collect.response_form = "<think> {thoughts} </think> <answer> {answer} </answer>";
  }

  template <class Visitor>
  void visit(Visitor& v) {
    SftSettings::visit(v);
    v.table("collect", collect,
            "examples from R1-Zero's answers; no questions: the given examples alone");
  }
};

}  // namespace r1
