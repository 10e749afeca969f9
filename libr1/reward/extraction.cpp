#include "libr1/reward/extraction.h"

#include "libr1/reward/white_space.h"

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
  constexpr std::string_view kBoxed = "\\boxed{";
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

std::optional<std::string_view> hash(std::string_view text) {
  const size_t at = text.rfind("####");
  if (at == kNone) return std::nullopt;
  const std::string_view line = text.substr(at + 4);
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
