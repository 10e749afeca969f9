// Pretraining of a small base model on tokenized documents: what the miniature starts from.
#pragma once

#include "libr1/model/init.h"
#include "stages/supervised.h"

namespace r1 {

struct PretrainSettings {
  static constexpr const char* kStage = "r1-pretrain";
  std::string corpus, tokenizer;
  int64_t steps = 1200;
  int64_t tokens_per_step = 2048;
  int64_t checkpoint_every = 500;
  int64_t keep_last = 2;
  ModelConfig model;
  InitSettings init;
  OptimizerConfig optimizer;

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("corpus", corpus, "documents, an HDF5 data set");
    v.required("tokenizer", tokenizer, "folder with tokenizer.json");
    v.field("steps", steps, "optimizer steps", at_least(1));
    v.field("tokens_per_step", tokens_per_step, "of all ranks, prompts included", at_least(1));
    v.field("checkpoint_every", checkpoint_every, "steps; one is written at the end as well",
            at_least(1));
    v.field("keep_last", keep_last, "checkpoints kept, the newest", at_least(1));
    v.table("model", model, "the transformer");
    v.table("init", init, "initial parameters");
    v.table("optimizer", optimizer, "AdamW");
  }
};

// Fault::kInput when corpus, tokenizer and model do not go together.
SupervisedTask pretraining(const StageContext& context,
                           const StageConfig<PretrainSettings>& config);

}  // namespace r1
