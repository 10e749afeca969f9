#include "libr1/reward/reward.h"

#include <utf8proc.h>

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/number.h"
#include "libr1/reward/white_space.h"

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

}  // namespace

std::span<const EnumName<Verifier>> enum_names(Verifier) {
  static constexpr EnumName<Verifier> kNames[] = {{Verifier::kNumber, "number"},
                                                  {Verifier::kExact, "exact"}};
  return kNames;
}

Judgement verify(Verifier verifier, std::string_view reference, std::string_view answer) {
  reference = trimmed(reference);
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

Reward score(const RewardConfig& config, Verifier verifier, std::string_view reference,
             const Response& response) {
  Reward reward;
  // A reference that cannot be read is found out whatever the response holds.
  const Judgement readable = verify(verifier, reference, reference);
  const auto answer = extract_answer(config.extraction, response.text, response.thoughts_open);
  if (answer) reward.answer = *answer;
  if (readable.verdict == Verdict::kUnverifiable)
    reward.accuracy = readable;
  else
    reward.accuracy = answer ? verify(verifier, reference, *answer)
                             : Judgement{Verdict::kWrong, "no answer in the form asked for"};
  reward.format = check_format(response);
  reward.total = config.accuracy_weight * (reward.accuracy.verdict == Verdict::kCorrect) +
                 config.format_weight * (reward.format.verdict == Verdict::kCorrect);
  return reward;
}

}  // namespace r1
