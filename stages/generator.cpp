#include "stages/generator.h"

#include "stages/stage_memory.h"

namespace r1 {

Generator::Generator(const std::string& model, const CommonSettings& common,
                     const RolloutConfig& rollout, const std::string& prompt_template,
                     const RewardConfig& rewards, Verifiers& verifiers, StageContext& context)
    : path_(find_model(model)),
      facts_(ModelFile(path_).facts()),
      rollout_config_(rollout),
      mesh_(mesh_of(common.mesh, common.compute, Device::kCpu, context)),
      template_(PromptTemplate::parse(prompt_template, facts_.tokenizer)),
      policy_(facts_.config,
              fitting(common.compute,
                      generation_memory(facts_.config, common.compute, rollout, common.mesh))
                  .never_trained(),
              context.stream(), TensorParallel(mesh_.tp())),
      engine_(policy_.model(), facts_.tokenizer,
              engine_limits(rollout, common.compute.max_positions)),
      rollout_(engine_, facts_.tokenizer, template_, rewards, mesh_, verifiers.code_runner(),
               verifiers.judge()) {
  R1_CHECK_INPUT(!facts_.config.scalar_head, path_, " is a reward model; it cannot generate");
  ModelFile(path_).read(policy_.master(), policy_.tp());
  policy_.refresh();
  log_info("model: ", path_, ", ", facts_.config.num_parameters(), " parameters");
}

std::vector<AnsweredSample> Generator::answer(const std::vector<const Question*>& questions,
                                              int samples, const Random& random, int64_t step) {
  auto answered = rollout_.run(
      questions, sampling_settings(rollout_config_, samples, facts_.tokenizer), random, step);
  if (mesh_.tp().rank() > 0) answered.clear();
  return answered;
}

}  // namespace r1
