#include <algorithm>
#include <array>

#include "libr1/core/error.h"
#include "libr1/miniature/problem.h"

namespace r1 {
namespace {

// ( left op right ) last_op last
struct Candidate {
  int left, right, last;
  char op, last_op;
  int inner, value;

  std::string expression() const {
    return concat("( ", spaced(left), " ", op, " ", spaced(right), " ) ", last_op, " ",
                  spaced(last));
  }
};

constexpr int kLargest = 15;
using Numbers = std::array<int, 3>;

// Every way to join two numbers by + - * and the third by + or -, values never negative.
std::vector<Candidate> candidates(const Numbers& numbers) {
  std::vector<Candidate> result;
  for (size_t i = 0; i < 3; ++i) {
    const int last = numbers[i];
    int left = numbers[(i + 1) % 3], right = numbers[(i + 2) % 3];
    if (left < right) std::swap(left, right);
    for (const char op : {'+', '-', '*'}) {
      const int inner = op == '+' ? left + right : op == '-' ? left - right : left * right;
      result.push_back({left, right, last, op, '+', inner, inner + last});
      if (inner >= last) result.push_back({left, right, last, op, '-', inner, inner - last});
    }
  }
  return result;
}

class CountdownProblem : public Problem {
 public:
  CountdownProblem(Language language, const Numbers& numbers, int target)
      : Problem(language), numbers_(numbers), target_(target), candidates_(candidates(numbers)) {}

  std::vector<Candidate> solutions() const {
    std::vector<Candidate> result;
    for (const Candidate& c : candidates_)
      if (c.value == target_) result.push_back(c);
    return result;
  }

  std::string key() const override {
    Numbers sorted = numbers_;
    std::sort(sorted.begin(), sorted.end());
    return concat(sorted[0], ",", sorted[1], ",", sorted[2], "=", target_);
  }
  std::string question() const override {
    const bool english = language() == Language::kEnglish;
    return concat(english ? "reach " : "凑 ", spaced(target_), english ? " from" : " 用", " a ",
                  spaced(numbers_[0]), " b ", spaced(numbers_[1]), " c ", spaced(numbers_[2]),
                  " ?");
  }
  std::string reference() const override {
    return concat(target_, ": ", numbers_[0], " ", numbers_[1], " ", numbers_[2]);
  }
  std::string right_answer(Draws& draws) const override {
    return draws.pick(solutions()).expression();
  }
  Verifier verifier() const override { return Verifier::kCountdown; }

  // Tries in random order: "step 5 + 3 gives 8 + 9 gives 1 7 wait step ... so ( 5 * 3 ) + 9".
  Solution solve(const SolutionStyle& style, Draws& draws) const override {
    Voice voice(style, language(), draws);
    std::vector<Candidate> left = candidates_;
    std::string text;
    for (;;) {
      const size_t at = draws.below(left.size());
      const Candidate tried = left[at];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
      const StepWords& w = voice.words();
      text += concat(w.step, " ", spaced(tried.left), " ", tried.op, " ", spaced(tried.right), " ",
                     w.gives, " ", spaced(tried.inner), " ", tried.last_op, " ", spaced(tried.last),
                     " ", w.gives, " ", spaced(tried.value), " ");
      if (tried.value == target_ || voice.gives_up()) {
        text += concat(w.so, " ", tried.expression());
        return {text, tried.expression()};
      }
      text += concat(w.wait, " ");
    }
  }

 private:
  Numbers numbers_;
  int target_;
  std::vector<Candidate> candidates_;
};

// Easy: several ways lead there. Hard: at most two, and a product is among them.
bool is_of(Difficulty difficulty, const std::vector<Candidate>& solutions) {
  if (difficulty == Difficulty::kEasy) return solutions.size() >= 3;
  if (difficulty == Difficulty::kHard) return solutions.size() <= 2 && solutions[0].op == '*';
  return true;
}

}  // namespace

std::unique_ptr<Problem> draw_countdown(Difficulty difficulty, Draws& draws) {
  const Language language = draws.chance(0.5) ? Language::kEnglish : Language::kChinese;
  for (;;) {
    const Numbers numbers = {draws.between(1, kLargest), draws.between(1, kLargest),
                             draws.between(1, kLargest)};
    const int target = draws.pick(candidates(numbers)).value;
    auto problem = std::make_unique<CountdownProblem>(language, numbers, target);
    if (is_of(difficulty, problem->solutions())) return problem;
  }
}

}  // namespace r1
