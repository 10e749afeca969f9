// r1-evaluate: how many questions models answer rightly (DeepSeek-R1, section 3).
#include "stages/evaluate.h"

int main(int argc, char** argv) {
  r1::StageConfig<r1::EvaluateSettings> config;
  const auto suffix = [&part = config.stage.part] {
    return part.empty() ? "" : r1::folder_suffix(r1::parse_part(part));
  };
  return r1::run_stage_with(
      argc, argv, {"r1-evaluate", "Evaluates models on questions, side by side", suffix},
      fields_of(config),
      [&](r1::StageContext& context) { return r1::evaluate(context, config, config.stage); });
}
