// Reinforcement learning on questions (GRPO): what R1-Zero, reasoning RL and all-scenario RL share.
// A step is one rollout with its updates.
#pragma once

#include <memory>

#include "libr1/data/question_mix.h"
#include "libr1/grpo/grpo_step.h"
#include "libr1/rollout/held_out.h"
#include "libr1/rollout/rollout_config.h"
#include "libr1/train/training_checkpoint.h"
#include "stages/checkpoint_settings.h"
#include "stages/stage_config.h"
#include "stages/verifiers.h"

namespace r1 {

struct ReinforcementSettings {
  std::string base;
  std::string prompt_template = "r1-zero";
  int64_t steps = 650;
  CheckpointSettings checkpoints{.every = 10, .keep_last = 3};
  int64_t transcripts_every = 10;
  int64_t transcripts = 16;
  QuestionMixConfig questions;
  RewardConfig reward;
  VerifierSettings verifiers;
  RolloutConfig rollout;
  GrpoConfig grpo;
  OptimizerConfig optimizer;
  HeldOutConfig evaluation;

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("base", base,
               "the model to start from: a model.h5, a checkpoint's or a stage's folder; {run}/ "
               "stands for this run's",
               TextForm::kPath);
    v.field("template", prompt_template,
            "\"r1-zero\" (paper, table 1), \"r1-chat\", \"chat\" (the model's own), or a text with "
            "{question} in it");
    v.field("steps", steps,
            "rollouts; each is mini_batches_per_rollout updates (paper: 10,400 updates in R1-Zero, "
            "1,700 in all-scenario RL)",
            at_least(1));
    checkpoints.visit(v);
    v.field("transcripts_every", transcripts_every, "steps; 0: none", at_least(0));
    v.field("transcripts", transcripts, "responses in each file of transcripts", at_least(1));
    v.table("questions", questions, "what is asked");
    v.table("reward", reward, "rule rewards");
    verifiers.visit(v);
    v.table("rollout", rollout, "how responses are drawn");
    v.table("grpo", grpo, "group relative policy optimization");
    v.table("optimizer", optimizer, "AdamW");
    v.table("evaluation", evaluation, "accuracy on questions held out");
  }
  void check() const;
};

// Adds what no rule can judge to the rewards of a rollout. Collective.
class ScoreJudge {
 public:
  virtual ~ScoreJudge() = default;
  virtual std::vector<ModelConfig> models() const { return {}; }
  virtual bool judges(Verifier verifier) const = 0;  // whether it has a model for these
  // thoughts_open: the prompts end with <think>.
  virtual void judge(std::vector<AnsweredSample>& answered, bool thoughts_open) = 0;
};

class ReinforcementRun {
 public:
  // Loads the base, or the checkpoint to resume from. Collective. `judge` may be null: then every
  // question has a rule.
  ReinforcementRun(StageContext& context, const CommonSettings& common,
                   const ReinforcementSettings& settings, ScoreJudge* judge = nullptr);
  virtual ~ReinforcementRun() = default;

  int64_t step() const { return step_; }
  bool finished() const { return step_ >= settings_.steps || halted_; }

  void begin();       // of a run that is not resumed: the base's held-out accuracy
  void train_step();  // rollout, rewards, updates, metrics
  bool save_due() const;
  void save();
  void report() const;  // the curve, on standard output

 protected:
  // Of the step that is done (0: of the base's evaluation), before its metrics are written; true
  // ends the run here, as finished, also when it is resumed.
  virtual bool inspect(Metrics&) { return false; }
  // State of a derived run in checkpoints.
  virtual void add_counters(Counters&) const {}
  const Counters& resumed_counters() const { return resumed_counters_; }

 private:
  ResponseRoom room() const;
  // Refuses a question that the stage cannot judge.
  int64_t prompt_tokens(const Question& question) const;
  std::vector<const Question*> next_questions();
  struct Rollout {
    std::vector<AnsweredSample> answered;  // of this rank, judged
    int64_t generated_tokens = 0;          // of all ranks
    int64_t preemptions = 0;               // the same: more than a few, and the cache is too small
    double seconds = 0, judge_s = 0;
  };
  Rollout ask(int64_t asked_before);  // questions_per_rollout questions
  Rollout roll_out();                 // as many calls of ask() as dynamic sampling wants
  std::vector<int64_t> informative(const std::vector<AnsweredSample>& answered);
  void keep_informative(std::vector<AnsweredSample>& answered);
  void say_what_is_unverifiable(const std::vector<AnsweredSample>& answered) const;
  std::vector<ScoredSample> scored(std::vector<AnsweredSample>& answered) const;
  void load();
  void append_update_metrics(const GrpoStatistics& statistics, Metrics& metrics) const;
  void append_evaluation(Metrics& metrics);
  void write_transcripts(const std::vector<AnsweredSample>& answered) const;
  [[noreturn]] void stop_at_nan() const;
  void refresh_reference(int64_t updates_before);
  void plan_memory();

  StageContext& context_;
  const CommonSettings& common_;
  const ReinforcementSettings& settings_;
  ScoreJudge* judge_;
  std::string base_;
  Mesh mesh_;
  ModelFacts facts_;
  PromptTemplate template_;
  QuestionMix questions_;
  SamplingSettings sampling_;
  Policy policy_;
  std::unique_ptr<Policy> reference_;  // null when the KL coefficient is 0
  ShardedAdamW optimizer_;
  Engine engine_;
  HeldOut held_out_;
  Verifiers verifiers_;
  QuestionRollout rollout_;
  GrpoStep grpo_;
  Random rollout_random_, split_random_;
  Counters resumed_counters_;
  int64_t step_ = 0;     // rollouts done
  int64_t updates_ = 0;  // optimizer steps done
  bool halted_ = false;
  int64_t memory_bytes_ = 0;
  std::string summary_;  // of the last step, for the progress line
};

}  // namespace r1
