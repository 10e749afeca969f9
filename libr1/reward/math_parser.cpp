#include "libr1/reward/math_parser.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/math_grammar.h"
#include "libr1/reward/math_words.h"
#include "libr1/reward/math_work.h"

namespace r1 {
namespace {

using enum MathTokenKind;

// Marks that occur in texts of words: names, compounds, quotations.
bool is_punctuation(const MathToken& token) {
  constexpr std::string_view kPunctuation = "-'.,:;!?()&/";
  return token.kind == kMark &&
         ((token.text.size() == 1 && kPunctuation.find(token.text[0]) != std::string_view::npos) ||
          token.text == "and" || token.text == "or" || token.text == "in");
}

// Words, at least one, and nothing that only formulas have.
bool is_wordy(const std::vector<MathToken>& tokens, bool numbers) {
  bool words = false;
  for (const MathToken& token : tokens) {
    words = words || token.kind == kWord;
    const bool fits = token.kind == kWord || token.kind == kName || token.kind == kEnd ||
                      (numbers && token.kind == kNumber) || is_punctuation(token);
    if (!fits) return false;
  }
  return words;
}

std::string_view without_emphasis(std::string_view text) {
  text = trimmed(text);
  for (const std::string_view mark : {"**", "__", "*", "`"})
    if (text.size() > 2 * mark.size() && text.starts_with(mark) && text.ends_with(mark))
      text = trimmed(text.substr(mark.size(), text.size() - 2 * mark.size()));
  return text;
}

// "an + b": what makes no sense with words in it may do so with products of letters.
std::optional<MathExpression> read_letters_apart(std::string_view text, CommaReading reading,
                                                 std::span<const std::string> factors) {
  MathTokens tokens = lex_math(text, reading, true);
  if (!tokens.error.empty()) return std::nullopt;
  MathGrammar grammar(std::move(tokens.tokens), factors);
  MathExpression expression = grammar.document();
  if (!grammar.error().empty()) return std::nullopt;
  return expression;
}

}  // namespace

MathReading read_math(std::string_view text, CommaReading reading,
                      std::span<const std::string> factors) {
  MathReading result;
  text = without_emphasis(text);
  if (text.size() > static_cast<size_t>(kMaxMathBytes)) {
    result.error = concat("longer than ", kMaxMathBytes, " bytes");
    return result;
  }
  MathTokens tokens = lex_math(text, reading);
  result.digit_commas = tokens.digit_commas;
  result.error = tokens.error;
  if (!result.error.empty()) return result;
  if (tokens.tokens.size() == 1) {
    result.error = "empty";
    return result;
  }
  const MathExpression words{MathKind::kText, words_of(tokens.tokens), {}};
  const bool wordy = is_wordy(tokens.tokens, true);
  if (is_wordy(tokens.tokens, false)) {
    result.expression = words;
    return result;
  }
  const bool has_words = std::any_of(tokens.tokens.begin(), tokens.tokens.end(),
                                     [](const MathToken& token) { return token.kind == kWord; });
  MathGrammar grammar(std::move(tokens.tokens), factors);
  MathExpression expression = grammar.document();
  if (grammar.error().empty()) {
    result.expression = std::move(expression);
  } else if (wordy) {
    result.expression = words;
  } else {
    result.error = grammar.error();
    if (has_words) result.expression = read_letters_apart(text, reading, factors);
  }
  return result;
}

}  // namespace r1
