// r1-distill: supervised fine-tuning of a smaller model on its teacher's data.
#include "stages/sft.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<DistillSettings>& config) {
  SupervisedRun run(context, config,
                    fine_tuning(context, config, config.stage, config.stage.examples));
  return train_to_end(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::DistillSettings>>(
      argc, argv, {"r1-distill", "Supervised fine-tuning of a smaller model on its teacher's data"},
      r1::train);
}
