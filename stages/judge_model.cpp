#include "stages/judge_model.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/log.h"
#include "libr1/data/run_path.h"
#include "stages/lineage.h"
#include "stages/sample_facts.h"

namespace r1 {
namespace {

std::string rubric_text(const std::string& rubric, const std::string& run_dir) {
  if (rubric == "agreement") return Rubric::agreement();
  return rubric.find("{response}") == rubric.npos ? read_file(in_run(rubric, run_dir)) : rubric;
}

GenerativeJudge::Asked asked(const JudgeSettings& settings, const ComputeSettings& compute,
                             const Tokenizer& tokenizer, const std::string& run_dir) {
  return {PromptTemplate::parse(settings.prompt_template, tokenizer),
          Rubric::parse(rubric_text(settings.rubric, run_dir)),
          sampling_settings(settings, settings.samples, tokenizer), compute.max_positions};
}

}  // namespace

void JudgeSettings::check() const {
  RolloutConfig::check();
  PromptTemplate::check(prompt_template);
  // Not a text, so a file; those are looked for when the stage starts.
  R1_CHECK_INPUT(!rubric.starts_with("{") || rubric.starts_with(kInRun) ||
                     rubric.find("{response}") != rubric.npos,
                 "rubric is \"", rubric,
                 "\", expected \"agreement\", a text with {question} and "
                 "{response}, or a file");
  R1_CHECK_INPUT(samples == 1 || temperature > 0, "samples is ", samples,
                 " and temperature 0: greedy judgements are all alike; ask for one, or raise the "
                 "temperature");
}

JudgeModel::JudgeModel(const JudgeSettings& settings, const CommonSettings& common,
                       StageContext& context)
    : path_(find_base(settings.model, context)),
      facts_(ModelFile(path_).facts()),
      policy_(facts_.config, common.compute.never_trained(), context.stream()),
      engine_(policy_.model(), facts_.tokenizer,
              engine_limits(settings, common.compute.max_positions)),
      judge_(engine_, facts_.tokenizer,
             asked(settings, common.compute, facts_.tokenizer, context.run_dir()),
             Random(common.seed, "generative judge")) {
  R1_CHECK_INPUT(!facts_.config.scalar_head, "judge.model: ", path_,
                 " is a reward model; it cannot say why");
  ModelFile(path_).read(policy_.master());
  policy_.refresh();
  log_info("judge: ", path_, ", ", facts_.config.num_parameters(), " parameters");
}

std::string judge_facts(const JudgeSettings& settings, const std::string& run_dir) {
  const nlohmann::ordered_json facts = {
      {"model_checksum", checksum_of_model(find_model(in_run(settings.model, run_dir)))},
      {"template", settings.prompt_template},
      {"rubric", rubric_text(settings.rubric, run_dir)},
      {"samples", settings.samples},
      {"temperature", settings.temperature},
      {"top_p", settings.top_p},
      {"top_k", settings.top_k},
      {"min_p", settings.min_p},
      {"max_new_tokens", settings.max_new_tokens},
      {"stop", settings.stop}};
  return facts.dump();
}

}  // namespace r1
