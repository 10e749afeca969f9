#include "libr1/reward/extraction.h"

#include "libr1/reward/ascii.h"
#include "libr1/reward/loose_extraction.h"
#include "libr1/reward/math_latex.h"

namespace r1 {
namespace {

constexpr auto kNone = std::string_view::npos;

std::optional<std::string_view> after_thoughts(std::string_view response, bool thoughts_open) {
  constexpr std::string_view kEnd = "</think>";
  const size_t at = response.rfind(kEnd);
  if (at != kNone) return response.substr(at + kEnd.size());
  if (thoughts_open || response.find("<think>") != kNone) return std::nullopt;  // they never end
  return response;
}

std::optional<std::string_view> answer_tag(std::string_view response, std::string_view text) {
  constexpr std::string_view kOpen = "<answer>", kClose = "</answer>";
  const size_t open = text.find(kOpen), close = text.find(kClose);
  if (open == kNone || close == kNone || close < open) return std::nullopt;
  // The only one of the response, thoughts included.
  const size_t before = response.size() - text.size();
  if (response.find(kOpen) != before + open || response.find(kClose) != before + close ||
      text.rfind(kOpen) != open || text.rfind(kClose) != close)
    return std::nullopt;
  return trimmed(text.substr(open + kOpen.size(), close - open - kOpen.size()));
}

std::optional<std::string_view> boxed(std::string_view text) {
  constexpr std::string_view kBoxed = "\\boxed";
  for (size_t at = text.rfind(kBoxed); at != kNone;
       at = at > 0 ? text.rfind(kBoxed, at - 1) : kNone) {
    const size_t open = brace_at(text, at + kBoxed.size());
    if (open == kNone) continue;
    const size_t end = behind_braces(text, open);
    if (end == kNone) return std::nullopt;  // never closed: the response was cut
    return trimmed(text.substr(open + 1, end - open - 2));
  }
  return std::nullopt;
}

std::optional<std::string_view> hash(std::string_view text) {
  const size_t at = text.rfind("####");
  if (at == kNone) return std::nullopt;
  const std::string_view line = text.substr(at + 4);
  return trimmed(line.substr(0, line.find('\n')));
}

// A hyphen after a letter or a digit joins or subtracts: it is no sign.
bool is_sign(std::string_view text, size_t at) {
  if (text[at] != '-') return false;
  const char before = at > 0 ? text[at - 1] : ' ';
  return !(before >= '0' && before <= '9') && !(before >= 'a' && before <= 'z') &&
         !(before >= 'A' && before <= 'Z') && before != ')';
}

std::optional<std::string_view> last_number(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789", kInside = "0123456789.,/";
  const size_t last = text.find_last_of(kDigits);
  if (last == kNone) return std::nullopt;
  const auto is_digit = [&](size_t at) { return kDigits.find(text[at]) != kNone; };
  size_t begin = last;
  while (begin > 0 && kInside.find(text[begin - 1]) != kNone) --begin;
  const auto starts_fraction = [&](size_t at) {
    return text[at] == '.' && is_digit(at + 1) && (at == 0 || text[at - 1] != '.');
  };
  while (!is_digit(begin) && !starts_fraction(begin)) ++begin;
  if (begin > 0 && is_sign(text, begin - 1)) --begin;
  return text.substr(begin, last - begin + 1);
}

}  // namespace

std::span<const EnumName<Extraction>> enum_names(Extraction) {
  static constexpr EnumName<Extraction> kNames[] = {{Extraction::kAnswerTag, "answer-tag"},
                                                    {Extraction::kBoxed, "boxed"},
                                                    {Extraction::kHash, "hash"},
                                                    {Extraction::kLastNumber, "last-number"},
                                                    {Extraction::kStatement, "statement"},
                                                    {Extraction::kLastFormula, "last-formula"},
                                                    {Extraction::kAny, "any"}};
  return kNames;
}

std::optional<std::string_view> extract_answer(Extraction extraction, std::string_view response,
                                               bool thoughts_open) {
  if (extraction == Extraction::kLastNumber) return last_number(response);
  const auto text = after_thoughts(response, thoughts_open);
  if (!text) return std::nullopt;
  std::optional<std::string_view> answer;
  if (extraction == Extraction::kAnswerTag) answer = answer_tag(response, *text);
  if (extraction == Extraction::kBoxed) answer = boxed(*text);
  if (extraction == Extraction::kHash) answer = hash(*text);
  if (extraction == Extraction::kStatement) answer = stated_answer(*text);
  if (extraction == Extraction::kLastFormula) answer = last_formula(*text);
  if (extraction == Extraction::kAny) answer = any_answer(*text);
  if (answer && answer->empty()) return std::nullopt;
  return answer;
}

}  // namespace r1
