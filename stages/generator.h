// A model that answers questions: for stages that generate and do not train.
#pragma once

#include "libr1/rollout/question_rollout.h"
#include "libr1/rollout/rollout_config.h"
#include "libr1/stage/context.h"
#include "libr1/train/model_file.h"
#include "libr1/train/policy.h"
#include "stages/stage_config.h"
#include "stages/verifiers.h"

namespace r1 {

class Generator {
 public:
  // Loads the model that find_model finds. Collective. `rewards` and `verifiers` outlive this.
  Generator(const std::string& model, const CommonSettings& common, const RolloutConfig& rollout,
            const std::string& prompt_template, const RewardConfig& rewards, Verifiers& verifiers,
            StageContext& context);

  // Collective, see QuestionRollout::run; of the ranks that share a model one has the samples.
  std::vector<AnsweredSample> answer(const std::vector<const Question*>& questions, int samples,
                                     const Random& random, int64_t step);
  // The longest response from now on, in tokens.
  void set_max_new_tokens(int64_t tokens) { rollout_config_.max_new_tokens = tokens; }

 private:
  std::string path_;
  ModelFacts facts_;
  RolloutConfig rollout_config_;
  Mesh mesh_;
  PromptTemplate template_;
  Policy policy_;
  Engine engine_;
  QuestionRollout rollout_;
};

}  // namespace r1
