#include "libr1/data/chain_solution.h"

#include <sstream>
#include <vector>

#include "libr1/core/error.h"

namespace r1 {
namespace {

class Writer {
 public:
  Writer(const ChainProblem& problem, const SolutionStyle& style, Draws& draws)
      : problem_(problem), style_(style), draws_(draws) {
    const double draw = draws.uniform();
    language_ = draw < style.wrong_language ? other(problem.language) : problem.language;
    mixed_ = draw >= style.wrong_language && draw < style.wrong_language + style.mixed_language;
    terse_ = draws.chance(style.terse);
  }

  Solution write() {
    int value = problem_.operands[0];
    text_ = concat(words().start, " a ", value);
    const size_t count = problem_.operators.size();
    for (size_t i = 0; i < count;) {
      const size_t operations = terse_ && i + 1 < count ? 2 : 1;
      value = write_step(i, operations, value);
      i += operations;
    }
    text_ += concat(" ", words().so, " ", value);
    return {text_, value};
  }

 private:
  const StepWords& words() {
    if (mixed_) language_ = draws_.chance(0.5) ? Language::kEnglish : Language::kChinese;
    return step_words(language_);
  }

  int write_step(size_t first, size_t operations, int value) {
    const StepWords& w = words();
    std::string expression = std::to_string(value);
    int result = value;
    for (size_t i = first; i < first + operations; ++i) {
      const char op = problem_.operators[i];
      const int operand = problem_.operands[i + 1];
      expression += concat(" ", op, " ", operand);
      result = chain_step(result, op, operand);
    }
    const char letter = static_cast<char>('b' + first + operations - 1);
    text_ += concat(" ", w.step, " ", letter, " ", expression, " ", w.gives, " ");
    if (!draws_.chance(mixed_ ? style_.slip_mixed : style_.slip)) {
      text_ += std::to_string(result);
      return result;
    }
    const int wrong = (result + 1 + static_cast<int>(draws_.below(9))) % 10;
    text_ += std::to_string(wrong);
    if (!draws_.chance(style_.noticed)) return wrong;
    text_ += concat(" ", w.wait, " ", expression, " ", w.gives, " ", result);
    return result;
  }

  const ChainProblem& problem_;
  const SolutionStyle& style_;
  Draws& draws_;
  Language language_ = Language::kEnglish;
  bool mixed_ = false, terse_ = false;
  std::string text_;
};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool is_digit(const std::string& word) {
  return word.size() == 1 && word[0] >= '0' && word[0] <= '9';
}
bool is_operator(const std::string& word) { return word == "+" || word == "-" || word == "*"; }

// Whether a digit, operators and digits, "gives" and a digit stand at words[at].
bool step_at(const std::vector<std::string>& words, size_t at, bool& right) {
  if (!is_digit(words[at])) return false;
  int value = words[at][0] - '0';
  size_t i = at + 1;
  for (; i + 1 < words.size() && is_operator(words[i]) && is_digit(words[i + 1]); i += 2)
    value = chain_step(value, words[i][0], words[i + 1][0] - '0');
  if (i == at + 1 || i + 1 >= words.size() || !is_digit(words[i + 1])) return false;
  if (words[i] != step_words(Language::kEnglish).gives &&
      words[i] != step_words(Language::kChinese).gives)
    return false;
  right = words[i + 1][0] - '0' == value;
  return true;
}

bool is_word_of(Language language, const std::string& word) {
  const StepWords& w = step_words(language);
  return word == w.start || word == w.step || word == w.gives || word == w.wait || word == w.so;
}

}  // namespace

SolutionStyle corpus_style() { return {0.20, 0.35, 0.25, 0.08, 0.03, 0.40}; }

const StepWords& step_words(Language language) {
  static constexpr StepWords kEnglish = {"start", "step", "gives", "wait", "so"};
  static constexpr StepWords kChinese = {"始", "步", "得", "等", "故"};
  return language == Language::kEnglish ? kEnglish : kChinese;
}

Solution solve_chain(const ChainProblem& problem, const SolutionStyle& style, Draws& draws) {
  return Writer(problem, style, draws).write();
}

ChainAnalysis analyze_chain(const std::string& question, const std::string& response) {
  const Language asked = question.starts_with("compute") ? Language::kEnglish : Language::kChinese;
  ChainAnalysis result;
  const auto words = words_of(response);
  bool english = false, chinese = false;
  for (size_t i = 0; i < words.size(); ++i) {
    result.think |= words[i] == "<think>";
    result.wait |= words[i] == step_words(Language::kEnglish).wait ||
                   words[i] == step_words(Language::kChinese).wait;
    english |= is_word_of(Language::kEnglish, words[i]);
    chinese |= is_word_of(Language::kChinese, words[i]);
    bool right = false;
    // The tail of an expression is no step of its own.
    if (i > 0 && is_operator(words[i - 1])) continue;
    if (!step_at(words, i, right)) continue;
    ++result.steps;
    result.wrong_steps += !right;
  }
  result.worked = result.steps > 0;
  result.mixed = result.worked && english && chinese;
  result.foreign = result.worked && (asked == Language::kEnglish ? chinese : english);
  return result;
}

}  // namespace r1
