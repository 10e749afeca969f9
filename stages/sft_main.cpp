// r1-sft: supervised fine-tuning of the base on what rejection sampling kept.
#include "stages/sft.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<SecondSftSettings>& config) {
  SupervisedRun run(context, config,
                    fine_tuning(context, config, config.stage, config.stage.examples));
  return train_to_end(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::SecondSftSettings>>(
      argc, argv, {"r1-sft", "Supervised fine-tuning of the base on what rejection sampling kept"},
      r1::train);
}
