// r1-reward-model: a language model with a scalar head learns to judge replies.
#include "stages/reward_model.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const RewardModelConfig& config) {
  RewardModelRun run(context, config);
  return train_and_report(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::RewardModelConfig>(
      argc, argv, {"r1-reward-model", "Trains a model that judges replies: helpful or safe"},
      r1::train);
}
