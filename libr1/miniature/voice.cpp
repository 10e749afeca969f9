#include "libr1/miniature/voice.h"

#include "libr1/core/error.h"

namespace r1 {

SolutionStyle corpus_style() { return {0.20, 0.35, 0.25, 0.08, 0.03, 0.40, 0.08}; }

const StepWords& step_words(Language language) {
  static constexpr StepWords kEnglish = {"start", "step", "gives", "wait", "so"};
  static constexpr StepWords kChinese = {"始", "步", "得", "等", "故"};
  return language == Language::kEnglish ? kEnglish : kChinese;
}

Voice::Voice(const SolutionStyle& style, Language prompt, Draws& draws)
    : style_(style), draws_(draws) {
  const double draw = draws.uniform();
  language_ = draw < style.wrong_language ? other(prompt) : prompt;
  mixed_ = draw >= style.wrong_language && draw < style.wrong_language + style.mixed_language;
  terse_ = draws.chance(style.terse);
}

const StepWords& Voice::words() {
  if (mixed_) language_ = draws_.chance(0.5) ? Language::kEnglish : Language::kChinese;
  return step_words(language_);
}

int Voice::write_result(const std::string& expression, int result, int min_digits,
                        std::string& text) {
  const StepWords& w = step_words(language_);
  text += concat(expression, " ", w.gives, " ");
  if (!draws_.chance(mixed_ ? style_.slip_mixed : style_.slip)) {
    text += spaced(result, min_digits);
    return result;
  }
  const int last = result % 10;
  const int wrong = result - last + (last + draws_.between(1, 9)) % 10;
  text += spaced(wrong, min_digits);
  if (!draws_.chance(style_.noticed)) return wrong;
  text += concat(" ", w.wait, " ", expression, " ", w.gives, " ", spaced(result, min_digits));
  return result;
}

std::string spaced(int64_t number, int min_digits) {
  std::string digits = std::to_string(number), text;
  while (static_cast<int>(digits.size()) < min_digits) digits.insert(0, "0");
  for (const char digit : digits) {
    if (!text.empty()) text += ' ';
    text += digit;
  }
  return text;
}

}  // namespace r1
