#include "libr1/rollout/generative_judge.h"

#include <map>

#include "libr1/core/error.h"
#include "libr1/rollout/question_rollout.h"

namespace r1 {
namespace {

bool is_to_be_judged(const AnsweredSample& a) {
  return a.question->verifier == Verifier::kJudge && !a.reward.answer.empty() &&
         a.reward.accuracy.verdict == Verdict::kUnverifiable;
}

Judgement judgement_of(const Sample& sample, const Tokenizer& tokenizer, bool thoughts_open) {
  const bool finished = sample.reason != FinishReason::kLength;
  std::span<const int32_t> tokens = sample.tokens;
  if (sample.reason == FinishReason::kStopToken) tokens = tokens.first(tokens.size() - 1);
  const std::string text = tokenizer.decode(tokens);
  if (finished && thoughts_open && text.find("</think>") == text.npos)
    return {Verdict::kUnverifiable, "the judge gave no verdict: its thoughts do not end"};
  return parse_judgement(text, finished);
}

}  // namespace

GenerativeJudge::GenerativeJudge(Engine& engine, const Tokenizer& tokenizer, Asked asked,
                                 const Random& random)
    : engine_(engine), tokenizer_(tokenizer), asked_(std::move(asked)), random_(random) {
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id)
    if (tokenizer.is_special(id)) special_.emplace_back(tokenizer.token(id));
}

void GenerativeJudge::judge(std::span<AnsweredSample> answered, int num_samples, int64_t step,
                            double weight) {
  std::vector<RolloutRequest> requests;
  std::map<int64_t, AnsweredSample*> judged;  // by their place in the step
  for (AnsweredSample& a : answered) {
    if (!is_to_be_judged(a)) continue;
    const std::string filled = asked_.rubric.render(
        a.question->question, with_split_tokens(a.reward.answer, special_), a.question->answer);
    auto prompt = asked_.prompt_template.encode(filled, tokenizer_);
    if (static_cast<int64_t>(prompt.size()) + asked_.sampling.max_new_tokens >
        asked_.max_positions) {
      a.reward.accuracy.reason = "too long for the judge: compute.max_positions";
      continue;
    }
    const int64_t place = a.sample.question * num_samples + a.sample.sample;
    requests.push_back({place, std::move(prompt)});
    judged[place] = &a;
  }
  size_t next = 0;
  const auto take = [&]() -> std::optional<RolloutRequest> {
    return next < requests.size() ? std::optional(requests[next++]) : std::nullopt;
  };
  std::map<int64_t, std::vector<Judgement>> judgements;
  const bool thoughts_open = asked_.prompt_template.opens_thoughts();
  for (const Sample& sample : engine_.generate(take, asked_.sampling, random_, step))
    judgements[sample.question].push_back(judgement_of(sample, tokenizer_, thoughts_open));
  for (const auto& [place, of_sample] : judgements) {
    Reward& reward = judged.at(place)->reward;
    reward.accuracy = majority_of(of_sample);
    if (reward.accuracy.verdict == Verdict::kCorrect) reward.total += weight;
  }
}

}  // namespace r1
