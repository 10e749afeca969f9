#include "libr1/rollout/question_rollout.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/thread_pool.h"
#include "libr1/rollout/shared_rewards.h"

namespace r1 {
namespace {

const char* name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStopToken:
      return "end token";
    case FinishReason::kStopString:
      return "stop text";
    case FinishReason::kInterrupted:
      return "interruption";
    case FinishReason::kLength:
      break;
  }
  return "length cap";
}

}  // namespace

QuestionRollout::QuestionRollout(Engine& engine, const Tokenizer& tokenizer,
                                 const PromptTemplate& prompt_template, const RewardConfig& rewards,
                                 const Mesh& mesh, CodeRunner* runner, GenerativeJudge* judge)
    : engine_(engine),
      tokenizer_(tokenizer),
      template_(prompt_template),
      rewards_(rewards),
      tp_(mesh.tp()),
      counter_(mesh.make_counter()),
      runner_(runner),
      judge_(judge),
      thoughts_open_(prompt_template.opens_thoughts()) {}

std::vector<AnsweredSample> QuestionRollout::run(const std::vector<const Question*>& questions,
                                                 const SamplingSettings& settings,
                                                 const Random& random, int64_t step,
                                                 int64_t first) {
  check(questions);
  counter_->reset();
  const auto next = [&]() -> std::optional<RolloutRequest> {
    const int64_t idx = counter_->next();
    if (idx >= static_cast<int64_t>(questions.size())) return std::nullopt;
    const Question& question = *questions[static_cast<size_t>(idx)];
    return RolloutRequest{first + idx, template_.encode(question.question, tokenizer_)};
  };
  std::vector<AnsweredSample> result;
  for (Sample& sample : engine_.generate(next, settings, random, step)) {
    const Question& question = *questions[static_cast<size_t>(sample.question - first)];
    result.push_back(answered(std::move(sample), question, settings));
  }
  if (tp_.rank() == 0) {
    score_all(result);
    if (judge_) judge_->judge(result, settings.num_samples, step, rewards_.accuracy_weight);
  }
  share_rewards(result, tp_);
  return result;
}

void QuestionRollout::check(const std::vector<const Question*>& questions) const {
  for (const Question* question : questions) {
    R1_CHECK_INPUT(runner_ || question->verifier != Verifier::kCode, "question ", question->id,
                   " of ", question->source,
                   " asks for code, and this stage has no sandbox to run it in");
    R1_CHECK_INPUT(judge_ || question->verifier != Verifier::kJudge, "question ", question->id,
                   " of ", question->source,
                   " is to be judged by a generative model, and this stage has none");
  }
}

// Programs are waited for, so as many threads as the runner serves where there are any; each reward
// is a function of its own sample, whoever computes it.
void QuestionRollout::score_all(std::vector<AnsweredSample>& answered) const {
  const bool any_code = std::ranges::any_of(
      answered, [](const AnsweredSample& a) { return a.question->verifier == Verifier::kCode; });
  ThreadPool threads(any_code ? runner_->concurrency() : 1);
  threads.parallel_for(static_cast<int64_t>(answered.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      AnsweredSample& a = answered[static_cast<size_t>(i)];
      a.reward = score(rewards_, {a.question->verifier, a.question->answer, a.question->language},
                       {a.text, a.sample.reason != FinishReason::kLength, thoughts_open_}, runner_);
    }
  });
}

AnsweredSample QuestionRollout::answered(Sample sample, const Question& question,
                                         const SamplingSettings& settings) const {
  std::span<const int32_t> tokens = sample.tokens;
  const auto& stops = settings.stop_tokens;
  if (!tokens.empty() && std::find(stops.begin(), stops.end(), tokens.back()) != stops.end())
    tokens = tokens.first(tokens.size() - 1);
  return {std::move(sample), &question, tokenizer_.decode(tokens), {}};
}

std::string transcript_line(const AnsweredSample& answered) {
  nlohmann::ordered_json json = {{"id", answered.question->id},
                                 {"question", answered.question->question},
                                 {"reference", answered.question->answer},
                                 {"response", answered.text},
                                 {"tokens", answered.sample.tokens.size()},
                                 {"ended_by", name_of(answered.sample.reason)},
                                 {"reward", answered.reward.total},
                                 {"accuracy", name_of(answered.reward.accuracy.verdict)},
                                 {"accuracy_reason", answered.reward.accuracy.reason},
                                 {"format", name_of(answered.reward.format.verdict)},
                                 {"format_reason", answered.reward.format.reason}};
  if (answered.reward.model_score) json["model_score"] = *answered.reward.model_score;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace r1
