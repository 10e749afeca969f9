#include "stages/reward_model_judge.h"

#include <algorithm>
#include <cmath>

#include "libr1/config/config.h"
#include "libr1/reward/ascii.h"
#include "stages/lineage.h"
#include "stages/reward_model.h"

namespace r1 {
namespace {

// The settings that the model was trained with: kind and template are facts of the model. Their
// table has the name of the job that trained it.
RewardModelSettings settings_of(const ModelFacts& facts, const std::string& path) {
  R1_CHECK_INPUT(facts.config.scalar_head && !facts.lineage.empty(), path,
                 " is not a reward model that r1-reward-model wrote");
  RewardModelConfig config;
  FieldTable fields = fields_of(config);
  for (Field& field : fields.fields)
    if (field.name == RewardModelSettings::kStage) field.name = facts.lineage.back().stage;
  parse_fields(fields, facts.stage_config, path + " (stage_config)");
  return config.stage;
}

}  // namespace

struct RewardModelJudge::Scorer {
  RewardText text;
  Policy policy;
};

std::span<const EnumName<ScoreForm>> enum_names(ScoreForm) {
  static constexpr EnumName<ScoreForm> kNames[] = {{ScoreForm::kRaw, "raw"},
                                                   {ScoreForm::kSigmoid, "sigmoid"}};
  return kNames;
}

RewardModelJudge::RewardModelJudge(const RewardModelJudgeConfig& config,
                                   const ComputeSettings& compute, StageContext& context)
    : config_(config),
      compute_(compute),
      helpful_(load(config.helpful_model, RewardKind::kHelpful, context)),
      safe_(load(config.safe_model, RewardKind::kSafe, context)) {}

RewardModelJudge::~RewardModelJudge() = default;

std::unique_ptr<RewardModelJudge::Scorer> RewardModelJudge::load(const std::string& model,
                                                                 RewardKind kind,
                                                                 StageContext& context) const {
  if (model.empty()) return nullptr;
  const std::string path = find_base(model, context);
  const ModelFile file(path);
  const RewardModelSettings settings = settings_of(file.facts(), path);
  R1_CHECK_INPUT(settings.kind == kind, path, " was trained as \"", enum_name(settings.kind),
                 "\", expected \"", enum_name(kind), "\"");
  auto scorer = std::unique_ptr<Scorer>(
      new Scorer{RewardText(kind, settings.prompt_template, file.facts().tokenizer),
                 {file.facts().config, compute_.never_trained(), context.stream()}});
  file.read(scorer->policy.master());
  scorer->policy.refresh();
  log_info("reward model, ", enum_name(kind), ": ", path, ", ",
           file.facts().config.num_parameters(), " parameters");
  return scorer;
}

std::vector<ModelConfig> RewardModelJudge::models() const {
  std::vector<ModelConfig> configs;
  for (const Scorer* scorer : {helpful_.get(), safe_.get()})
    if (scorer) configs.push_back(scorer->policy.config());
  return configs;
}

bool RewardModelJudge::judges(Verifier verifier) const {
  return (verifier == Verifier::kHelpful && helpful_) || (verifier == Verifier::kSafe && safe_);
}

void RewardModelJudge::judge(std::vector<AnsweredSample>& answered, bool thoughts_open) {
  for (const Verifier verifier : {Verifier::kHelpful, Verifier::kSafe}) {
    if (!judges(verifier)) continue;
    std::vector<AnsweredSample*> of_kind;
    for (AnsweredSample& a : answered)
      if (a.question->verifier == verifier) of_kind.push_back(&a);
    score_all(verifier == Verifier::kHelpful ? *helpful_ : *safe_, of_kind, thoughts_open);
  }
}

void RewardModelJudge::score_all(Scorer& scorer, std::vector<AnsweredSample*>& answered,
                                 bool thoughts_open) const {
  std::vector<RewardExample> examples;
  std::vector<Reward*> rewards;
  for (AnsweredSample* a : answered) {
    const bool finished = a->sample.reason != FinishReason::kLength;
    const Response response{a->text, finished, thoughts_open};
    if (trimmed(reply_of(response)).empty()) {
      // Nothing to judge, whatever was thought; a model that was never shown this might like it.
      set_score(-config_.score_range, a->reward);
      continue;
    }
    RewardExample example{
        scorer.text.encode(a->question->question, scorer.text.judged_part(response))};
    if (example.size() > compute_.max_positions) {
      a->reward.accuracy.reason = "too long for the reward model: compute.max_positions";
      continue;
    }
    examples.push_back(std::move(example));
    rewards.push_back(&a->reward);
  }
  std::vector<const RewardExample*> pointers;
  for (const RewardExample& example : examples) pointers.push_back(&example);
  const std::vector<double> scores = reward_scores(scorer.policy, pointers);
  for (size_t i = 0; i < scores.size(); ++i) {
    R1_CHECK(std::isfinite(scores[i]), "a reward model's score is not a number");
    set_score(std::clamp(scores[i], -config_.score_range, config_.score_range), *rewards[i]);
  }
}

void RewardModelJudge::set_score(double score, Reward& reward) const {
  reward.model_score = score;
  reward.total +=
      config_.weight * (config_.score_form == ScoreForm::kSigmoid ? sigmoid(score) : score);
}

}  // namespace r1
