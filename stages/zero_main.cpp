// r1-zero: teaches a base model to reason by reinforcement learning alone (DeepSeek-R1, section 2).
#include "stages/zero.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<ZeroSettings>& config) {
  ReinforcementRun run(context, config, config.stage);
  return train_and_report(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::ZeroSettings>>(
      argc, argv, {"r1-zero", "R1-Zero: pure reinforcement learning from a base model"}, r1::train);
}
