#include "libr1/core/error.h"
#include "libr1/miniature/problem.h"

namespace r1 {
namespace {

constexpr int kMinOperands = 3;

int chain_step(int left, char op, int right) {
  if (op == '+') return (left + right) % 10;
  if (op == '-') return (left - right + 10) % 10;
  return left * right % 10;
}

class ChainProblem : public Problem {
 public:
  ChainProblem(Language language, int operands, Draws& draws) : Problem(language) {
    operands_.push_back(draws.between(0, 9));
    for (int i = 1; i < operands; ++i) {
      const char op = "+-*"[draws.weighted({0.5, 0.25, 0.25})];
      // Units modulo 10 keep the value uniform: a guess is right one time in ten at every length.
      const int operand = op == '*' ? (const int[]){3, 7, 9}[draws.below(3)] : draws.between(0, 9);
      operators_.push_back(op);
      operands_.push_back(operand);
    }
  }

  std::string key() const override {
    std::string text = std::to_string(operands_[0]);
    for (size_t i = 0; i < operators_.size(); ++i)
      text += operators_[i] + std::to_string(operands_[i + 1]);
    return text;
  }

  std::string question() const override {
    std::string text =
        concat(language() == Language::kEnglish ? "compute" : "计算", " a ", operands_[0]);
    for (size_t i = 0; i < operators_.size(); ++i)
      text += concat(" ", letter(i), " ", operators_[i], " ", operands_[i + 1]);
    return text + " ?";
  }

  std::string reference() const override {
    int value = operands_[0];
    for (size_t i = 0; i < operators_.size(); ++i)
      value = chain_step(value, operators_[i], operands_[i + 1]);
    return std::to_string(value);
  }
  std::string offhand_answer(Draws&) const override { return reference(); }
  Verifier verifier() const override { return Verifier::kNumber; }

  Solution solve(const SolutionStyle& style, Draws& draws) const override {
    Voice voice(style, language(), draws);
    int value = operands_[0];
    std::string text = concat(voice.words().start, " a ", value);
    for (size_t i = 0; i < operators_.size();) {
      const size_t end = i + (voice.terse() && i + 1 < operators_.size() ? 2 : 1);
      text += concat(" ", voice.words().step, " ", letter(end - 1), " ");
      std::string expression = std::to_string(value);
      int result = value;
      for (; i < end; ++i) {
        expression += concat(" ", operators_[i], " ", operands_[i + 1]);
        result = chain_step(result, operators_[i], operands_[i + 1]);
      }
      value = voice.write_result(expression, result, 1, text);
    }
    text += concat(" ", voice.words().so, " ", value);
    return {text, std::to_string(value)};
  }

 private:
  static char letter(size_t operation) { return static_cast<char>('b' + operation); }

  std::vector<int> operands_;    // digits
  std::vector<char> operators_;  // one less
};

int draw_operands(Difficulty difficulty, Draws& draws) {
  switch (difficulty) {
    case Difficulty::kCorpus:  // 11 % have 11 to 14
      return kMinOperands + static_cast<int>(draws.weighted(
                                {.18, .16, .14, .12, .10, .08, .06, .05, .04, .03, .02, .02}));
    case Difficulty::kTraining:
      return draws.between(kMinOperands, 14);
    case Difficulty::kEasy:
      return draws.between(kMinOperands, 5);
    case Difficulty::kHard:
      break;
  }
  return draws.between(11, 14);
}

}  // namespace

std::unique_ptr<Problem> draw_chain(Difficulty difficulty, Draws& draws) {
  const int operands = draw_operands(difficulty, draws);
  const Language language = draws.chance(0.5) ? Language::kEnglish : Language::kChinese;
  return std::make_unique<ChainProblem>(language, operands, draws);
}

}  // namespace r1
