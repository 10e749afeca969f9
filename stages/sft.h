// Supervised fine-tuning on examples: the response is learned, the prompt is not. Cold start, the
// SFT on rejection-sampled data and distillation are this with settings of their own.
#pragma once

#include "libr1/tokenizer/prompt_template.h"
#include "stages/checkpoint_settings.h"
#include "stages/supervised.h"

namespace r1 {

struct SftSettings {
  std::string base;
  std::vector<std::string> examples;
  std::string prompt_template = "r1-chat";
  double epochs = 2;
  int64_t batch = 128;
  CheckpointSettings checkpoints{.every = 500};
  OptimizerConfig optimizer;

  SftSettings() {
    optimizer.schedule.lr = 5e-5;
    optimizer.schedule.decay = Decay::kCosine;
  }

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("base", base,
               "the model to start from: a model.h5, a checkpoint's or a stage's folder; {run}/ "
               "stands for this run's",
               TextForm::kPath);
    v.field("examples", examples, "data sets of questions and responses", TextForm::kPath);
    v.field(
        "template", prompt_template,
        "\"r1-zero\", \"r1-chat\", \"chat\" (the model's own), or a text with {question} in it");
    v.field("epochs", epochs, "passes over the examples (paper: 2 to 3)", positive());
    v.field("batch", batch, "examples of one optimizer step (paper: 128; distillation 64)",
            at_least(1));
    checkpoints.visit(v);
    v.table("optimizer", optimizer, "AdamW (paper: cosine from 5e-5 to 5e-6)");
  }
  void check() const;
};

// What is learned after the prompt. Where the template opens the thoughts, the response goes on
// after the tag, and one without thoughts closes them at once: what it says is no thought.
std::string continuation_of(const std::string& response, const PromptTemplate& prompt_template);

// The examples under the model's own tokenizer. Those that are longer than compute.max_positions
// are left out, with a warning that counts them; Fault::kInput when none is left.
SupervisedTask fine_tuning(StageContext& context, const CommonSettings& common,
                           const SftSettings& settings, const std::vector<std::string>& examples);

// The stages. Settings beyond the defaults are the paper's.
struct SecondSftSettings : SftSettings {
  static constexpr const char* kStage = "r1-sft";
};

struct DistillSettings : SftSettings {
  static constexpr const char* kStage = "r1-distill";
  // Initial rates of the paper, supplement table 6: Qwen 1.5B 1e-4, 7B 8e-5, 14B 7e-5, 32B 6e-5;
  // Llama 8B 5e-5, 70B 2e-5.
  DistillSettings() {
    optimizer.schedule.lr = 1e-4;
    batch = 64;
  }
};

}  // namespace r1
