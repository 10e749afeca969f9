// Reward models as the judge of general prompts in reinforcement learning (DeepSeek-R1, section
// 2.3.4; Nature 645, equations 8 to 10).
#pragma once

#include <memory>

#include "stages/reinforcement.h"
#include "stages/reward_text.h"

namespace r1 {

enum class ScoreForm { kRaw, kSigmoid };
std::span<const EnumName<ScoreForm>> enum_names(ScoreForm);

struct RewardModelJudgeConfig {
  std::string helpful_model, safe_model;
  ScoreForm score_form = ScoreForm::kRaw;
  double score_range = 10;
  double weight = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("helpful_model", helpful_model,
            "judges replies to questions with verifier \"helpful\": what r1-reward-model wrote; "
            "{run}/ stands for this run's folder; empty: none",
            TextForm::kPath);
    v.field("safe_model", safe_model, "the same for verifier \"safe\"", TextForm::kPath);
    v.field("score_form", score_form,
            "\"raw\": the score is the reward; \"sigmoid\": its sigmoid, which is nearly the same "
            "for all good replies once the reward model is sure");
    v.field("score_range", score_range,
            "scores are held within +- this; an empty reply has the lowest", positive());
    v.field("weight", weight, "times the reward model's part (paper: 1)", at_least(0));
  }
};

class RewardModelJudge final : public ScoreJudge {
 public:
  // Loads the models, on every rank.
  // Fault::kInput for a model that r1-reward-model did not write, or of the other kind.
  RewardModelJudge(const RewardModelJudgeConfig& config, const ComputeSettings& compute,
                   StageContext& context);
  ~RewardModelJudge() override;

  std::vector<ModelConfig> models() const override;
  bool judges(Verifier verifier) const override;
  // Each model reads the text under its own tokenizer and template. Sets the model's score and adds
  // its part to the reward. A response that is longer than compute.max_positions there gets none.
  // Not collective: a rank judges what it has.
  void judge(std::vector<AnsweredSample>& answered, bool thoughts_open) override;

 private:
  struct Scorer;
  std::unique_ptr<Scorer> load(const std::string& model, RewardKind kind,
                               StageContext& context) const;
  void score_all(Scorer& scorer, std::vector<AnsweredSample*>& answered, bool thoughts_open) const;
  void set_score(double score, Reward& reward) const;

  const RewardModelJudgeConfig& config_;
  ComputeSettings compute_;
  std::unique_ptr<Scorer> helpful_, safe_;  // null: none
};

}  // namespace r1
