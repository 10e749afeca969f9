#include "stages/pretrain.h"

#include "libr1/data/run_path.h"
#include "stages/lineage.h"

namespace r1 {

SupervisedTask pretraining(const StageContext& context,
                           const StageConfig<PretrainSettings>& config) {
  const PretrainSettings& settings = config.stage;
  SupervisedTask task{
      .facts = {settings.model,
                Tokenizer::from_folder(in_run(settings.tokenizer, context.run_dir())),
                {lineage_entry(context)},
                context.config_text()}};
  R1_CHECK_INPUT(task.facts.tokenizer.vocab_size() <= settings.model.vocab, settings.tokenizer,
                 ": the tokenizer has ", task.facts.tokenizer.vocab_size(),
                 " tokens, r1-pretrain.model.vocab is ", settings.model.vocab);
  task.initialize = [&config](Policy& policy) {
    initialize(config.stage.model, config.stage.init, config.seed, policy.master(), policy.tp());
  };
  task.documents =
      DocumentSet(in_run(settings.corpus, context.run_dir()), settings.model.vocab).take();
  task.steps = settings.steps;
  task.batch_tokens = settings.tokens_per_step;
  task.checkpoints = settings.checkpoints;
  task.optimizer = over_steps(settings.optimizer, task.steps);
  return task;
}

}  // namespace r1
