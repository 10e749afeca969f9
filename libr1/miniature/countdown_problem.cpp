#include <algorithm>
#include <array>

#include "libr1/core/error.h"
#include "libr1/miniature/problem.h"

namespace r1 {
namespace {

constexpr int kLargest = 9, kLargestValue = 99, kMostTries = 14;

// ( left op right ) last_op last
struct Candidate {
  int left, right, last;
  char op, last_op;
  int inner, value;

  std::string expression() const {
    return concat("( ", left, " ", op, " ", right, " ) ", last_op, " ", last);
  }
};

using Numbers = std::array<int, 3>;

// The order in which everybody searches: sums, products, differences; of each, the third number
// added, then taken away; a, b and c in turn as the third. One way to each value is tried, and
// nothing on the way is negative or of three digits.
std::vector<Candidate> candidates(const Numbers& numbers) {
  std::vector<Candidate> result;
  const auto append = [&](const Candidate& c) {
    const bool is_known = std::any_of(result.begin(), result.end(), [&](const Candidate& other) {
      return other.value == c.value;
    });
    if (c.value >= 0 && c.value <= kLargestValue && !is_known) result.push_back(c);
  };
  for (const char op : {'+', '*', '-'})
    for (const char last_op : {'+', '-'})
      for (size_t i = 0; i < 3; ++i) {
        const int last = numbers[i];
        int left = numbers[(i + 1) % 3], right = numbers[(i + 2) % 3];
        if (left < right) std::swap(left, right);
        const int inner = op == '+' ? left + right : op == '-' ? left - right : left * right;
        append(
            {left, right, last, op, last_op, inner, last_op == '+' ? inner + last : inner - last});
      }
  if (result.size() > kMostTries) result.resize(kMostTries);
  return result;
}

class CountdownProblem : public Problem {
 public:
  CountdownProblem(Language language, const Numbers& numbers, int target)
      : Problem(language), numbers_(numbers), target_(target), candidates_(candidates(numbers)) {}

  // Tries that fail before the one that does not.
  size_t dead_ends() const {
    const auto solution = std::find_if(candidates_.begin(), candidates_.end(),
                                       [this](const Candidate& c) { return c.value == target_; });
    return static_cast<size_t>(solution - candidates_.begin());
  }

  std::string key() const override {
    Numbers sorted = numbers_;
    std::sort(sorted.begin(), sorted.end());
    return concat(sorted[0], ",", sorted[1], ",", sorted[2], "=", target_);
  }
  std::string question() const override {
    const bool english = language() == Language::kEnglish;
    return concat(english ? "reach " : "凑 ", spaced(target_, 2), english ? " from" : " 用", " a ",
                  numbers_[0], " b ", numbers_[1], " c ", numbers_[2], " ?");
  }
  std::string reference() const override {
    return concat(target_, ": ", numbers_[0], " ", numbers_[1], " ", numbers_[2]);
  }
  std::string offhand_answer(Draws& draws) const override {
    return draws.pick(candidates_).expression();
  }
  Verifier verifier() const override { return Verifier::kCountdown; }

  // One try after another, each held against the target:
  // "step 5 + 3 gives 0 8 + 9 gives 1 7 ? 2 4 wait step ... so ( 5 * 3 ) + 9".
  Solution solve(const SolutionStyle& style, Draws& draws) const override {
    Voice voice(style, language(), draws);
    std::string text;
    for (const Candidate& tried : candidates_) {
      const StepWords& w = voice.words();
      text += concat(w.step, " ", tried.left, " ", tried.op, " ", tried.right, " ", w.gives, " ",
                     spaced(tried.inner, 2), " ", tried.last_op, " ", tried.last, " ", w.gives, " ",
                     spaced(tried.value, 2), " ? ", spaced(target_, 2), " ");
      if (tried.value == target_ || voice.gives_up()) {
        text += concat(w.so, " ", tried.expression());
        return {text, tried.expression()};
      }
      text += concat(w.wait, " ");
    }
    throw_error(Fault::kRun, concat("no way to ", target_));
  }

 private:
  Numbers numbers_;
  int target_;
  std::vector<Candidate> candidates_;
};

bool is_of(Difficulty difficulty, size_t dead_ends) {
  if (difficulty == Difficulty::kEasy) return dead_ends < 4;
  if (difficulty == Difficulty::kHard) return dead_ends >= 5;
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
    if (is_of(difficulty, problem->dead_ends())) return problem;
  }
}

}  // namespace r1
