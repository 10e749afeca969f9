#include "libr1/rollout/held_out.h"

#include <algorithm>

#include "libr1/core/bytes.h"
#include "libr1/data/run_path.h"
#include "libr1/reward/reflection.h"
#include "libr1/reward/vote.h"

namespace r1 {

GradedSample grade(const AnsweredSample& a) {
  GradedSample graded{a.sample.question, a.sample.sample};
  graded.verdict = a.reward.accuracy.verdict;
  graded.well_formed = a.reward.format.verdict == Verdict::kCorrect;
  graded.truncated = a.sample.reason == FinishReason::kLength;
  graded.length = static_cast<int64_t>(a.sample.tokens.size());
  graded.words = a.reward.language.words;
  graded.target_words = a.reward.language.target;
  graded.reflections = count_reflections(a.text);
  graded.vote = vote_of({a.question->verifier, a.question->answer, a.question->language},
                        a.reward.answer, graded.verdict);
  return graded;
}

std::vector<GradedSample> gather_graded(const std::vector<AnsweredSample>& mine,
                                        ProcessGroup& group) {
  ByteWriter out;
  for (const AnsweredSample& answered : mine) {
    const GradedSample sample = grade(answered);
    for_each_field(sample, [&](const auto& field) { out.put(field); });
  }
  std::vector<GradedSample> graded;
  for (const std::string& of_rank : group.all_gather(out.take(), "gather evaluation"))
    for (ByteReader in(of_rank); !in.done();)
      for_each_field(graded.emplace_back(), [&](auto& field) { in.get(field); });
  return graded;
}

void HeldOutConfig::check() const { named_files(sets, "sets", ""); }

HeldOut::HeldOut(const HeldOutConfig& config, const SamplingSettings& settings, uint64_t seed,
                 const std::string& run_dir)
    : config_(config), settings_(settings), random_(seed, "held-out evaluation") {
  settings_.num_samples = config.samples;
  settings_.rule.temperature = static_cast<float>(config.temperature);
  settings_.rule.top_p = static_cast<float>(config.top_p);
  for (const auto& [name, path] : named_files(config.sets, "evaluation.sets", run_dir)) {
    sets_.push_back({name, QuestionSet(path)});
    const QuestionSet& set = sets_.back().questions;
    for (int64_t i = 0; i < set.size(); ++i)
      R1_CHECK_INPUT(!is_judged_by_reward_model(set[i].verifier), set.path(), ", row ", i,
                     ": a reward model would have to judge the replies, and held-out accuracy is "
                     "by rule");
  }
}

bool HeldOut::due(int64_t step) const { return config_.every > 0 && step % config_.every == 0; }

int64_t HeldOut::questions_of(const QuestionSet& set) const {
  return config_.max_questions > 0 ? std::min(config_.max_questions, set.size()) : set.size();
}

std::vector<const QuestionSet*> HeldOut::sets() const {
  std::vector<const QuestionSet*> sets;
  for (const Set& set : sets_) sets.push_back(&set.questions);
  return sets;
}

std::map<std::string, EvaluationResult> HeldOut::run(QuestionRollout& rollout,
                                                     ProcessGroup& group) const {
  std::map<std::string, EvaluationResult> results;
  for (size_t i = 0; i < sets_.size(); ++i) {
    const QuestionSet& set = sets_[i].questions;
    const int64_t count = questions_of(set);
    std::vector<const Question*> questions;
    for (int64_t idx = 0; idx < count; ++idx) questions.push_back(&set[idx]);
    const auto mine = rollout.run(questions, settings_, random_, static_cast<int64_t>(i));
    results[sets_[i].name] = summarize(gather_graded(mine, group));
  }
  return results;
}

}  // namespace r1
