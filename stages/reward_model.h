// A reward model: a language model's body with a scalar head, trained on judged replies (Nature
// 645, Methods: helpful on pairs, safe on labels).
#pragma once

#include <map>

#include "libr1/data/run_path.h"
#include "libr1/data/shuffled_cursor.h"
#include "libr1/train/reward_loss.h"
#include "libr1/train/training_checkpoint.h"
#include "stages/checkpoint_settings.h"
#include "stages/epochs.h"
#include "stages/reward_text.h"
#include "stages/stage_config.h"

namespace r1 {

struct RewardEvaluationConfig {
  std::vector<std::string> sets;
  int64_t every = 0;
  int64_t max_examples = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("sets", sets, "judged replies of the same kind, each \"name=file.h5\"",
            TextForm::kNamedPath);
    v.field("every", every, "steps between evaluations; 0: at the start and the end only",
            at_least(0));
    v.field("max_examples", max_examples, "of each set, the first ones; 0: all", at_least(0));
  }
  void check() const { named_files(sets, "sets", ""); }
};

struct RewardModelSettings {
  static constexpr const char* kStage = "r1-reward-model";
  std::string base;
  RewardKind kind = RewardKind::kHelpful;
  std::vector<std::string> examples;
  std::string prompt_template = "r1-chat";
  double head_std = 0.02;
  double epochs = 1;
  int64_t batch = 256;
  CheckpointSettings checkpoints;
  OptimizerConfig optimizer;
  RewardEvaluationConfig evaluation;

  RewardModelSettings() { optimizer.schedule.lr = 6e-6; }

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("base", base,
               "the language model to start from: a model.h5, a checkpoint's or a stage's folder; "
               "{run}/ stands for this run's",
               TextForm::kPath);
    v.field("kind", kind,
            "\"helpful\": learns from pairs, sees the final reply; \"safe\": learns from labels, "
            "sees the whole response");
    v.field("examples", examples, "data sets of judged replies", TextForm::kPath);
    v.field(
        "template", prompt_template,
        "\"r1-zero\", \"r1-chat\", \"chat\" (the model's own), or a text with {question} in it; a "
        "<think> at its end is left out");
    v.field("head_std", head_std, "standard deviation of the scalar head's first values",
            at_least(0));
    v.field("epochs", epochs, "passes over the examples (paper: 1)", positive());
    v.field("batch", batch, "pairs, or labelled responses, of one step (paper: 256)", at_least(1));
    checkpoints.visit(v);
    v.table("optimizer", optimizer, "AdamW (paper: 6e-6)");
    v.table("evaluation", evaluation, "quality on judged replies held out");
  }
  void check() const {
    PromptTemplate::check(prompt_template);
    R1_CHECK_INPUT(!examples.empty(), "examples is empty: nothing to learn from");
  }
};

struct RewardModelConfig : StageConfig<RewardModelSettings> {
  RewardModelConfig() {
    compute.max_positions = 8192;  // paper: the longest example
    compute.micro_batch_tokens = 8192;
  }
};

class RewardModelRun {
 public:
  // Loads the checkpoint to resume from, or the base's body under a random head. Collective.
  // Examples longer than compute.max_positions are left out and counted; Fault::kInput when none
  // is left, and for a reply that is empty without its thoughts.
  RewardModelRun(StageContext& context, const RewardModelConfig& config);

  bool finished() const { return step_ >= epochs_.steps; }
  void begin();  // of a run that is not resumed: the quality of the random head
  void train_step();
  bool save_due() const { return settings_.checkpoints.due(step_); }
  void save();
  void report() const;  // the quality over the steps, on standard output

 private:
  std::vector<RewardExample> read(const std::string& path, int64_t most) const;
  void load();
  std::vector<const RewardExample*> next_batch();  // this rank's part
  // Over all ranks, the same bits on any number of them.
  RewardQuality quality_on(const std::vector<RewardExample>& examples);
  void append_evaluation(Metrics& metrics);

  StageContext& context_;
  const RewardModelConfig& config_;
  const RewardModelSettings& settings_;
  std::string base_;
  Mesh mesh_;
  ModelFacts facts_;
  RewardText text_;
  std::vector<RewardExample> examples_;
  std::map<std::string, std::vector<RewardExample>> held_out_;
  Epochs epochs_;
  int64_t step_ = 0;
  ShuffledCursor cursor_;
  OptimizerConfig optimizer_config_;
  Policy policy_;
  ShardedAdamW optimizer_;
};

}  // namespace r1
