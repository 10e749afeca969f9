// Rejection sampling: correct and readable answers of the reasoning model, as examples to learn
// from (DeepSeek-R1, section 2.3.3).
#pragma once

#include "libr1/core/error.h"
#include "stages/collection.h"

namespace r1 {

struct RejectionSamplingSettings : CollectionSettings, PartSettings {
  static constexpr const char* kStage = "r1-rejection-sampling";

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("model", model, "which answers: a model.h5, a checkpoint's or a stage's folder",
               TextForm::kPath);
    CollectionSettings::visit(v);
    PartSettings::visit(v);
  }
  void check() const {
    CollectionSettings::check();
    PartSettings::check();
    R1_CHECK_INPUT(!questions.empty(), "questions is empty: nothing to answer");
  }
};

}  // namespace r1
