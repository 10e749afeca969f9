// The second reinforcement learning of R1: reasoning prompts judged by rules, general prompts by
// reward models, language consistency for all (DeepSeek-R1, section 2.3.4; Nature 645, equations 8
// to 10).
#pragma once

#include "stages/reward_hacking.h"
#include "stages/reward_model_judge.h"

namespace r1 {

struct AllScenarioSettings : ReinforcementSettings {
  static constexpr const char* kStage = "r1-all-scenario-rl";
  RewardModelJudgeConfig reward_models;
  RewardHackingConfig hacking;

  AllScenarioSettings() {
    prompt_template = "r1-chat";
    steps = 106;  // of 16 updates: the paper's 1,700
    grpo.clip_epsilon = 10;
    reward.language_weight = 1;
    rollout.temperature = 0.7;
  }

  template <class Visitor>
  void visit(Visitor& v) {
    ReinforcementSettings::visit(v);
    v.table("reward_models", reward_models, "what judges general prompts by a score");
    v.table("hacking", hacking, "signs that the policy exploits its reward models");
  }
};

class AllScenarioRun final : public ReinforcementRun {
 public:
  // `judge` outlives this. Collective.
  AllScenarioRun(StageContext& context, const CommonSettings& common,
                 const AllScenarioSettings& settings, ScoreJudge& judge);

 protected:
  bool inspect(Metrics& metrics) override;
  void add_counters(Counters& counters) const override { detectors_.save(counters); }

 private:
  bool is_root_;
  RewardHackingDetectors detectors_;
};

// What the detectors look at in a step's metrics.
HackingSignals hacking_signals(const Metrics& metrics);

}  // namespace r1
