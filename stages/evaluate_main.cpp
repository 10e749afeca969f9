// r1-evaluate: how many questions models answer rightly (DeepSeek-R1, section 3).
#include "stages/evaluate.h"

int main(int argc, char** argv) {
  using Config = r1::StageConfig<r1::EvaluateSettings>;
  return r1::run_stage_in_parts<Config>(
      argc, argv, {"r1-evaluate", "Evaluates models on questions, side by side"},
      [](r1::StageContext& context, const Config& config) {
        return r1::evaluate(context, config, config.stage);
      });
}
