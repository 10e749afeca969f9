#include <algorithm>
#include <array>

#include "libr1/core/error.h"
#include "libr1/miniature/problem.h"

namespace r1 {
namespace {

// ( left op right ) last_op last
// Two digits, always: each number of a try stands where the same number of every other try does.
std::string padded(int number) { return spaced(number, 2); }

struct Candidate {
  int left, right, last;
  char op, last_op;
  int inner, value;

  std::string expression() const {
    return concat("( ", padded(left), " ", op, " ", padded(right), " ) ", last_op, " ",
                  padded(last));
  }
};

constexpr int kLargest = 15, kLargestValue = 99;

using Numbers = std::array<int, 3>;

// One way to each value that joining two numbers by + - * and the third by + or - can reach,
// nothing on the way being negative or of three digits.
std::vector<Candidate> candidates(const Numbers& numbers) {
  std::vector<Candidate> result;
  const auto append = [&](const Candidate& c) {
    const bool is_known = std::any_of(result.begin(), result.end(), [&](const Candidate& other) {
      return other.value == c.value;
    });
    if (c.value >= 0 && c.inner <= kLargestValue && c.value <= kLargestValue && !is_known)
      result.push_back(c);
  };
  for (const char op : {'+', '-', '*'})
    for (size_t i = 0; i < 3; ++i) {
      const int last = numbers[i];
      int left = numbers[(i + 1) % 3], right = numbers[(i + 2) % 3];
      if (left < right) std::swap(left, right);
      const int inner = op == '+' ? left + right : op == '-' ? left - right : left * right;
      append({left, right, last, op, '+', inner, inner + last});
      append({left, right, last, op, '-', inner, inner - last});
    }
  return result;
}

class CountdownProblem : public Problem {
 public:
  CountdownProblem(Language language, const Numbers& numbers, int target)
      : Problem(language), numbers_(numbers), target_(target), candidates_(candidates(numbers)) {}

  const Candidate& solution() const {
    return *std::find_if(candidates_.begin(), candidates_.end(),
                         [this](const Candidate& c) { return c.value == target_; });
  }

  std::string key() const override {
    Numbers sorted = numbers_;
    std::sort(sorted.begin(), sorted.end());
    return concat(sorted[0], ",", sorted[1], ",", sorted[2], "=", target_);
  }
  std::string question() const override {
    const bool english = language() == Language::kEnglish;
    return concat(english ? "reach " : "凑 ", padded(target_), english ? " from" : " 用", " a ",
                  padded(numbers_[0]), " b ", padded(numbers_[1]), " c ", padded(numbers_[2]),
                  " ?");
  }
  std::string reference() const override {
    return concat(target_, ": ", numbers_[0], " ", numbers_[1], " ", numbers_[2]);
  }
  std::string right_answer(Draws&) const override { return solution().expression(); }
  Verifier verifier() const override { return Verifier::kCountdown; }

  // Tries in random order, each held against the target:
  // "step 0 5 + 0 3 gives 0 8 + 0 9 gives 1 7 ? 2 4 wait step ... so ( 0 5 * 0 3 ) + 0 9".
  Solution solve(const SolutionStyle& style, Draws& draws) const override {
    Voice voice(style, language(), draws);
    std::vector<Candidate> left = candidates_;
    std::string text;
    for (;;) {
      const size_t at = draws.below(left.size());
      const Candidate tried = left[at];
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
      const StepWords& w = voice.words();
      text += concat(w.step, " ", padded(tried.left), " ", tried.op, " ", padded(tried.right), " ",
                     w.gives, " ", padded(tried.inner), " ", tried.last_op, " ", padded(tried.last),
                     " ", w.gives, " ", padded(tried.value), " ? ", padded(target_), " ");
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

// Hard: only a product leads there.
bool is_of(Difficulty difficulty, const Candidate& solution) {
  if (difficulty == Difficulty::kEasy) return solution.op != '*';
  if (difficulty == Difficulty::kHard) return solution.op == '*';
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
    if (is_of(difficulty, problem->solution())) return problem;
  }
}

}  // namespace r1
