// r1-pretrain: makes a small base model, such as the miniature's.
#include "stages/pretrain.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const PretrainConfig& config) {
  PretrainRun run(context, config);
  while (!run.finished()) {
    run.train_step();
    const bool stop = context.stop_requested() && !run.finished();
    if (stop || run.finished() || run.save_due()) run.save();
    if (stop) return StageOutcome::kStopped;
  }
  return StageOutcome::kDone;
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::PretrainConfig>(
      argc, argv, {"r1-pretrain", "Pretrains a small base model on tokenized documents"},
      r1::train);
}
