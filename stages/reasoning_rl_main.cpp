// r1-reasoning-rl: sharpens the cold-start model's reasoning and keeps it in one language.
#include "stages/reasoning_rl.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<ReasoningSettings>& config) {
  ReinforcementRun run(context, config, config.stage);
  return train_and_report(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::ReasoningSettings>>(
      argc, argv,
      {"r1-reasoning-rl", "Reinforcement learning of reasoning with a language-consistency reward"},
      r1::train);
}
