// r1-all-scenario-rl: reasoning by rules, helpfulness and harmlessness by reward models.
#include "stages/all_scenario_rl.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<AllScenarioSettings>& config) {
  RewardModelJudge judge(config.stage.reward_models, config.compute, context);
  AllScenarioRun run(context, config, config.stage, judge);
  return train_and_report(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::AllScenarioSettings>>(
      argc, argv,
      {"r1-all-scenario-rl", "Reinforcement learning on reasoning and general prompts together"},
      r1::train);
}
