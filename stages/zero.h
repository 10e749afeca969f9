// R1-Zero: reinforcement learning on verifiable questions alone, from a base model.
#pragma once

#include <memory>

#include "libr1/data/question_set.h"
#include "libr1/data/shuffled_cursor.h"
#include "libr1/grpo/grpo_step.h"
#include "libr1/parallel/mesh.h"
#include "libr1/rollout/held_out.h"
#include "libr1/rollout/rollout_config.h"
#include "libr1/stage/stage.h"
#include "libr1/train/training_checkpoint.h"

namespace r1 {

struct ZeroSettings {
  std::string base, questions;
  std::string prompt_template = "r1-zero";
  int64_t steps = 650;
  int64_t checkpoint_every = 10;
  int64_t keep_last = 3;
  int64_t transcripts_every = 10;
  int64_t transcripts = 16;
  RewardConfig reward;
  RolloutConfig rollout;
  GrpoConfig grpo;
  OptimizerConfig optimizer;
  HeldOutConfig evaluation;

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("base", base, "the base model: a model.h5 or a checkpoint's folder");
    v.required("questions", questions, "training questions, an HDF5 data set");
    v.field("template", prompt_template,
            "\"r1-zero\" (paper, table 1), \"r1-chat\", or a text with {question} in it");
    v.field("steps", steps,
            "rollouts; each is mini_batches_per_rollout updates (paper: 10,400 updates)",
            at_least(1));
    v.field("checkpoint_every", checkpoint_every, "steps; one is written at the end as well",
            at_least(1));
    v.field("keep_last", keep_last, "checkpoints kept, the newest", at_least(1));
    v.field("transcripts_every", transcripts_every, "steps; 0: none", at_least(0));
    v.field("transcripts", transcripts, "responses in each file of transcripts", at_least(1));
    v.table("reward", reward, "rule rewards");
    v.table("rollout", rollout, "how responses are drawn");
    v.table("grpo", grpo, "group relative policy optimization");
    v.table("optimizer", optimizer, "AdamW");
    v.table("evaluation", evaluation, "accuracy on questions held out");
  }
};

struct ZeroConfig {
  uint64_t seed = 1;
  MeshConfig mesh;
  ComputeSettings compute;
  ZeroSettings zero;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("seed", seed, "of everything random");
    v.table("mesh", mesh, "how the ranks share the work");
    v.table("compute", compute, "precision and memory");
    v.table("r1-zero", zero, "the stage");
  }
};

class ZeroRun {
 public:
  // Loads the base, or the checkpoint to resume from. Collective.
  ZeroRun(StageContext& context, const ZeroConfig& config);

  int64_t step() const { return step_; }
  bool finished() const { return step_ == settings_.steps; }

  void begin();       // of a run that is not resumed: the base's held-out accuracy
  void train_step();  // rollout, rewards, updates, metrics
  bool save_due() const;
  void save();
  void report() const;  // the curve, on standard output

 private:
  std::vector<const Question*> fitting_questions() const;
  std::vector<const Question*> next_questions();
  std::vector<ScoredSample> scored(std::vector<AnsweredSample>& answered) const;
  void append_rollout_metrics(const std::vector<AnsweredSample>& answered, Metrics& metrics);
  void append_update_metrics(const GrpoStatistics& statistics, Metrics& metrics) const;
  void append_evaluation(Metrics& metrics);
  void write_transcripts(const std::vector<AnsweredSample>& answered) const;
  [[noreturn]] void stop_at_nan(const GrpoStep& grpo) const;
  void refresh_reference(int64_t updates_before);
  void log_plan() const;

  StageContext& context_;
  const ZeroConfig& config_;
  const ZeroSettings& settings_;
  Mesh mesh_;
  ModelFacts facts_;
  PromptTemplate template_;
  QuestionSet all_questions_;
  std::vector<const Question*> questions_;  // whose prompts leave room for a response
  ShuffledCursor cursor_;
  SamplingSettings sampling_;
  Policy policy_;
  std::unique_ptr<Policy> reference_;  // null when the KL coefficient is 0
  ShardedAdamW optimizer_;
  Engine engine_;
  QuestionRollout rollout_;
  HeldOut held_out_;
  GrpoStep grpo_;
  Random rollout_random_, split_random_;
  int64_t step_ = 0;     // rollouts done
  int64_t updates_ = 0;  // optimizer steps done
  std::string summary_;  // of the last step, for the progress line
};

}  // namespace r1
