// r1-cold-start: collects clean worked examples from R1-Zero, and fine-tunes the base on them.
#include "stages/cold_start.h"

namespace r1 {
namespace {

StageOutcome train(StageContext& context, const StageConfig<ColdStartSettings>& config) {
  const ColdStartSettings& settings = config.stage;
  std::vector<std::string> examples = settings.examples;
  if (settings.collect.asks()) {
    if (collect_examples(context, config, settings.collect) == StageOutcome::kStopped)
      return StageOutcome::kStopped;
    examples.push_back(collected_examples(context));
  }
  SupervisedRun run(context, config, fine_tuning(context, config, settings, examples));
  return train_to_end(context, run);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage<r1::StageConfig<r1::ColdStartSettings>>(
      argc, argv, {"r1-cold-start", "Supervised fine-tuning on a few clean worked examples"},
      r1::train);
}
