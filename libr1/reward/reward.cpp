#include "libr1/reward/reward.h"

#include <utf8proc.h>

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/choice.h"
#include "libr1/reward/countdown.h"
#include "libr1/reward/number.h"
#include "libr1/reward/regular_expression.h"

namespace r1 {
namespace {

constexpr auto kNone = std::string_view::npos;

void skip_space(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
}

bool take(std::string_view& text, std::string_view tag) {
  skip_space(text);
  if (!text.starts_with(tag)) return false;
  text.remove_prefix(tag.size());
  return true;
}

bool has_tag(std::string_view text) {
  for (const std::string_view tag : {"<think>", "</think>", "<answer>", "</answer>"})
    if (text.find(tag) != kNone) return true;
  return false;
}

// Up to a tag, which is taken; nothing when the tag does not come or another comes before.
bool take_until(std::string_view& text, std::string_view tag, std::string_view& inside) {
  const size_t at = text.find(tag);
  if (at == kNone) return false;
  inside = text.substr(0, at);
  text.remove_prefix(at + tag.size());
  return !has_tag(inside);
}

// Some character that can be seen: no white space of any script, no control or format character, no
// byte that is part of no character.
bool shows_something(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    int32_t c = -1;
    const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(&text[at]),
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    at += size > 0 ? static_cast<size_t>(size) : 1;
    if (size > 0 && utf8proc_category(c) != UTF8PROC_CATEGORY_CN &&
        utf8proc_category(c) < UTF8PROC_CATEGORY_ZS)
      return true;
  }
  return false;
}

// For messages: long answers are cut.
std::string shown(std::string_view text) {
  return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 40)) + "...";
}

// Matches in full, within PCRE2's own limits on work.
Judgement verify_pattern(std::string_view reference, std::string_view answer) {
  const auto pattern = RegularExpression::parse(reference);
  if (!pattern) return {Verdict::kUnverifiable, "the reference is no regular expression"};
  if (pattern->matches(answer)) return {Verdict::kCorrect, "matches the pattern"};
  return {Verdict::kWrong, concat("the reply ", shown(answer), " does not match")};
}

Judgement check_code_reference(std::string_view reference) {
  std::string fault;
  if (!CodeReference::parse(reference, fault)) return {Verdict::kUnverifiable, fault};
  return {Verdict::kCorrect, "the reference can be read"};
}

Judgement verify_code(std::string_view reference, std::string_view answer, CodeRunner* runner) {
  R1_CHECK_INPUT(runner,
                 "a question has the verifier \"code\", and nothing here runs code; leave such "
                 "questions out or use a stage that has a sandbox (libr1/sandbox/README.md)");
  std::string fault;
  const auto parsed = CodeReference::parse(reference, fault);
  if (!parsed) return {Verdict::kUnverifiable, fault};
  const std::string_view program = code_of(answer, parsed->language);
  if (trimmed(program).empty()) return {Verdict::kWrong, "the answer holds no code"};
  return runner->run(*parsed, program).judgement;
}

// What stands in the answer tags, or the whole reply where there are no tags; nothing when that is
// empty.
std::optional<std::string_view> judged_answer(const Response& response) {
  const auto tagged = extract_answer(Extraction::kAnswerTag, response.text, response.thoughts_open);
  if (tagged) return trimmed(*tagged).empty() ? std::nullopt : tagged;
  const std::string_view reply = reply_of(response);
  if (reply.empty() || has_tag(reply)) return std::nullopt;
  return reply;
}

// What is compared with the reference.
std::optional<std::string_view> answer_of(const RewardConfig& config, Verifier verifier,
                                          const Response& response) {
  const bool in_reply = verifier == Verifier::kCode && config.extraction != Extraction::kAnswerTag;
  if (is_general(verifier) || in_reply) return reply_of(response);
  if (verifier == Verifier::kJudge) return judged_answer(response);
  return extract_answer(config.extraction, response.text, response.thoughts_open);
}

}  // namespace

std::span<const EnumName<Verifier>> enum_names(Verifier) {
  static constexpr EnumName<Verifier> kNames[] = {
      {Verifier::kNumber, "number"},   {Verifier::kMath, "math"},
      {Verifier::kExact, "exact"},     {Verifier::kCountdown, "countdown"},
      {Verifier::kPattern, "pattern"}, {Verifier::kCode, "code"},
      {Verifier::kChoice, "choice"},   {Verifier::kHelpful, "helpful"},
      {Verifier::kSafe, "safe"},       {Verifier::kJudge, "judge"}};
  return kNames;
}

Judgement verify(Verifier verifier, std::string_view reference, std::string_view answer,
                 const MathSettings& math, CodeRunner* runner) {
  reference = trimmed(reference);
  if (is_judged_by_reward_model(verifier))
    return {Verdict::kUnverifiable, "judged by a reward model"};
  if (verifier == Verifier::kJudge) return {Verdict::kUnverifiable, "judged by a generative model"};
  if (verifier == Verifier::kCountdown) return verify_countdown(reference, answer);
  if (verifier == Verifier::kPattern) return verify_pattern(reference, answer);
  if (verifier == Verifier::kMath) return verify_math(reference, answer, math);
  if (verifier == Verifier::kCode) return verify_code(reference, answer, runner);
  if (verifier == Verifier::kChoice) return verify_choice(reference, answer);
  if (reference.empty()) return {Verdict::kUnverifiable, "the reference is empty"};
  bool equal = reference == trimmed(answer);
  if (verifier == Verifier::kNumber) {
    const auto expected = ExactNumber::parse(reference);
    if (!expected)
      return {Verdict::kUnverifiable, concat("the reference ", shown(reference), " is no number")};
    const auto found = ExactNumber::parse(answer);
    if (!found) return {Verdict::kWrong, concat("the answer ", shown(answer), " is no number")};
    equal = *found == *expected;
  }
  if (equal) return {Verdict::kCorrect, "equal to the reference"};
  return {Verdict::kWrong, concat("answer ", shown(answer), ", expected ", shown(reference))};
}

Judgement check_reference(Verifier verifier, std::string_view reference, const MathSettings& math) {
  if (is_judged_by_reward_model(verifier)) return verify(verifier, reference, "");
  if (trimmed(reference).empty()) return {Verdict::kUnverifiable, "the reference is empty"};
  if (verifier == Verifier::kMath) return check_math_reference(reference, math);
  if (verifier == Verifier::kCode) return check_code_reference(reference);
  if (verifier == Verifier::kJudge) return {Verdict::kCorrect, "the reference can be read"};
  const Judgement judgement = verify(verifier, reference, reference);
  if (judgement.verdict == Verdict::kUnverifiable) return judgement;
  return {Verdict::kCorrect, "the reference can be read"};
}

Judgement check_format(const Response& response) {
  if (!response.finished) return {Verdict::kWrong, "cut by the length cap"};
  std::string_view text = response.text, thoughts, answer;
  if (!response.thoughts_open && !take(text, "<think>"))
    return {Verdict::kWrong, "does not begin with <think>"};
  if (!take_until(text, "</think>", thoughts))
    return {Verdict::kWrong, "the thoughts do not end with </think>"};
  if (!take(text, "<answer>")) return {Verdict::kWrong, "no <answer> after the thoughts"};
  if (!take_until(text, "</answer>", answer))
    return {Verdict::kWrong, "the answer does not end with </answer>"};
  if (!shows_something(answer)) return {Verdict::kWrong, "the answer is empty"};
  skip_space(text);
  if (!text.empty()) return {Verdict::kWrong, "text after </answer>"};
  return {Verdict::kCorrect, "thoughts, then the answer"};
}

std::string_view thoughts_of(const Response& response) {
  std::string_view text = response.text, thoughts;
  if (!response.thoughts_open && !take(text, "<think>")) return {};
  thoughts = text.substr(0, text.find("</think>"));
  return thoughts;
}

std::string with_opening(const Response& response) {
  return concat(response.thoughts_open ? "<think>\n" : "", response.text);
}

std::string_view thoughts_or_all(const Response& response) {
  const std::string_view thoughts = thoughts_of(response);
  return thoughts.empty() ? response.text : thoughts;
}

std::string_view reply_of(const Response& response) {
  const size_t at = response.text.rfind("</think>");
  if (at != kNone) return trimmed(response.text.substr(at + std::string_view("</think>").size()));
  const bool unended = response.thoughts_open || response.text.find("<think>") != kNone;
  return unended ? std::string_view() : trimmed(response.text);
}

Judgement check_reply_format(const Response& response) {
  if (!response.finished) return {Verdict::kWrong, "cut by the length cap"};
  std::string_view text = response.text, thoughts;
  const bool thinks = response.thoughts_open || take(text, "<think>");
  if (thinks && !take_until(text, "</think>", thoughts))
    return {Verdict::kWrong, "the thoughts do not end with </think>"};
  if (has_tag(text)) return {Verdict::kWrong, "a tag in the reply"};
  if (trimmed(text).empty()) return {Verdict::kWrong, "the reply is empty"};
  return {Verdict::kCorrect, thinks ? "thoughts, then the reply" : "a reply without thoughts"};
}

Reward score(const RewardConfig& config, const Task& task, const Response& response,
             CodeRunner* runner) {
  Reward reward;
  const bool general = is_general(task.verifier);
  // A reference that cannot be read is found out whatever the response holds.
  const Judgement readable = check_reference(task.verifier, task.reference, config.math);
  const auto answer = answer_of(config, task.verifier, response);
  if (answer) reward.answer = *answer;
  if (readable.verdict == Verdict::kUnverifiable)
    reward.accuracy = readable;
  else
    reward.accuracy = answer ? verify(task.verifier, task.reference, *answer, config.math, runner)
                             : Judgement{Verdict::kWrong, "no answer in the form asked for"};
  reward.format = general ? check_reply_format(response) : check_format(response);
  if (task.verifier == Verifier::kJudge && reward.format.verdict != Verdict::kCorrect)
    reward.format = check_reply_format(response);
  if (!task.language.empty())
    reward.language = count_language(thoughts_or_all(response), task.language);
  reward.total = config.accuracy_weight * (reward.accuracy.verdict == Verdict::kCorrect) +
                 config.format_weight * (reward.format.verdict == Verdict::kCorrect);
  if (reward.language.words > 0) reward.total += config.language_weight * reward.language.share();
  return reward;
}

}  // namespace r1
