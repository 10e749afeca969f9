// r1-rejection-sampling: correct and readable answers of the reasoning model, as examples to learn
// from (DeepSeek-R1, section 2.3.3).
#include "stages/rejection_sampling.h"

namespace r1 {
namespace {

StageOutcome collect(StageContext& context, const StageConfig<RejectionSamplingSettings>& config) {
  return collect_examples(context, config, config.stage, config.stage);
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  return r1::run_stage_in_parts<r1::StageConfig<r1::RejectionSamplingSettings>>(
      argc, argv, {"r1-rejection-sampling", "Collects the correct and readable answers of a model"},
      r1::collect);
}
