// r1-pretrain: makes a small base model, such as the miniature's.
#include "stages/pretrain.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<PretrainSettings>& config) {
  SupervisedRun run(context, config, pretraining(context, config));
  return train_to_end(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::PretrainSettings>>(
      argc, argv, {"r1-pretrain", "Pretrains a small base model on tokenized documents"},
      r1::train);
}
