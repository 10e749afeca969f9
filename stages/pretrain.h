// Pretraining of a small base model on tokenized documents: what the miniature starts from.
#pragma once

#include "libr1/model/init.h"
#include "stages/checkpoint_settings.h"
#include "stages/supervised.h"

namespace r1 {

struct PretrainSettings {
  static constexpr const char* kStage = "r1-pretrain";
  std::string corpus, tokenizer;
  int64_t steps = 1200;
  int64_t tokens_per_step = 2048;
  CheckpointSettings checkpoints{.every = 500};
  ModelConfig model;
  InitSettings init;
  OptimizerConfig optimizer;

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("corpus", corpus, "documents, an HDF5 data set", TextForm::kPath);
    v.required("tokenizer", tokenizer, "folder with tokenizer.json", TextForm::kPath);
    v.field("steps", steps, "optimizer steps", at_least(1));
    v.field("tokens_per_step", tokens_per_step, "of all ranks, prompts included", at_least(1));
    checkpoints.visit(v);
    v.table("model", model, "the transformer");
    v.table("init", init, "initial parameters");
    v.table("optimizer", optimizer, "AdamW");
  }
};

// Fault::kInput when corpus, tokenizer and model do not go together.
SupervisedTask pretraining(const StageContext& context,
                           const StageConfig<PretrainSettings>& config);

}  // namespace r1
