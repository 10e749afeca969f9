#include "libr1/reward/extraction.h"

namespace r1 {
namespace {

constexpr auto kNone = std::string_view::npos;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == kNone) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::string_view after_thoughts(std::string_view response) {
  constexpr std::string_view kEnd = "</think>";
  const size_t at = response.rfind(kEnd);
  return at == kNone ? response : response.substr(at + kEnd.size());
}

std::optional<std::string_view> answer_tag(std::string_view response) {
  constexpr std::string_view kOpen = "<answer>", kClose = "</answer>";
  const size_t open = response.find(kOpen), close = response.find(kClose);
  if (open == kNone || close == kNone || close < open) return std::nullopt;
  if (response.rfind(kOpen) != open || response.rfind(kClose) != close) return std::nullopt;
  if (response.find("</think>", open) != kNone) return std::nullopt;  // inside the thoughts
  return trimmed(response.substr(open + kOpen.size(), close - open - kOpen.size()));
}

std::optional<std::string_view> boxed(std::string_view response) {
  constexpr std::string_view kBoxed = "\\boxed{";
  const std::string_view text = after_thoughts(response);
  const size_t at = text.rfind(kBoxed);
  if (at == kNone) return std::nullopt;
  const size_t begin = at + kBoxed.size();
  int depth = 1;
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return trimmed(text.substr(begin, i - begin));
  }
  return std::nullopt;  // never closed: the response was cut
}

std::optional<std::string_view> hash(std::string_view response) {
  const size_t at = response.rfind("####");
  if (at == kNone) return std::nullopt;
  const std::string_view line = response.substr(at + 4);
  return trimmed(line.substr(0, line.find('\n')));
}

std::optional<std::string_view> last_number(std::string_view response) {
  constexpr std::string_view kDigits = "0123456789", kInside = "0123456789.,/";
  const size_t last = response.find_last_of(kDigits);
  if (last == kNone) return std::nullopt;
  size_t begin = last;
  while (begin > 0 && kInside.find(response[begin - 1]) != kNone) --begin;
  while (kDigits.find(response[begin]) == kNone && response[begin] != '.') ++begin;
  if (begin > 0 && response[begin - 1] == '-') --begin;
  return response.substr(begin, last - begin + 1);
}

}  // namespace

std::span<const EnumName<Extraction>> enum_names(Extraction) {
  static constexpr EnumName<Extraction> kNames[] = {{Extraction::kAnswerTag, "answer-tag"},
                                                    {Extraction::kBoxed, "boxed"},
                                                    {Extraction::kHash, "hash"},
                                                    {Extraction::kLastNumber, "last-number"}};
  return kNames;
}

std::optional<std::string_view> extract_answer(Extraction extraction, std::string_view response) {
  std::optional<std::string_view> answer;
  switch (extraction) {
    case Extraction::kAnswerTag:
      answer = answer_tag(response);
      break;
    case Extraction::kBoxed:
      answer = boxed(response);
      break;
    case Extraction::kHash:
      answer = hash(response);
      break;
    case Extraction::kLastNumber:
      answer = last_number(response);
      break;
  }
  if (answer && answer->empty()) return std::nullopt;
  return answer;
}

}  // namespace r1
