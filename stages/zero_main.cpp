// r1-zero: teaches a base model to reason by reinforcement learning alone (DeepSeek-R1, section 2).
#include "stages/zero.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const ZeroConfig& config) {
  ZeroRun run(context, config);
  run.begin();
  while (!run.finished()) {
    run.train_step();
    const bool stop = context.stop_requested() && !run.finished();
    if (stop || run.finished() || run.save_due()) run.save();
    if (stop) return StageOutcome::kStopped;
  }
  run.report();
  return StageOutcome::kDone;
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::ZeroConfig>(
      argc, argv, {"r1-zero", "R1-Zero: pure reinforcement learning from a base model"}, r1::train);
}
