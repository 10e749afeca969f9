#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"
#include "libr1/miniature/problem.h"

namespace r1 {
namespace {

int digit(int64_t number, int place) {  // place 0: units
  for (; place > 0; --place) number /= 10;
  return static_cast<int>(number % 10);
}

int num_digits(int64_t number) { return static_cast<int>(std::to_string(number).size()); }

char place_letter(int place) { return static_cast<char>('a' + place); }

// One column after another from the right: "step a 7 + 5 + 0 gives 1 2". `column` gives the
// expression of two digits and their value.
template <class Column>
int64_t write_columns(int places, Voice& voice, std::string& text, Column column) {
  int64_t result = 0, scale = 1;
  int carry = 0;
  for (int place = 0; place < places; ++place) {
    const auto [expression, value] = column(place);
    text += concat(" ", voice.words().step, " ", place_letter(place), " ");
    const int sum = voice.write_result(concat(expression, " + ", carry), value + carry, 2, text);
    result += sum % 10 * scale;
    carry = sum / 10;
    scale *= 10;
  }
  return result + carry * scale;
}

int64_t write_sum(int64_t left, int64_t right, Voice& voice, std::string& text) {
  const int places = std::max(num_digits(left), num_digits(right));
  text += concat(voice.words().start, " ", spaced(left, places), " + ", spaced(right, places));
  const int64_t result = write_columns(places, voice, text, [&](int place) {
    const int a = digit(left, place), b = digit(right, place);
    return std::pair(concat(a, " + ", b), a + b);
  });
  text += concat(" ", voice.words().so, " ", spaced(result));
  return result;
}

int64_t write_digit_product(int64_t left, int right, Voice& voice, std::string& text) {
  text += concat(voice.words().start, " ", spaced(left), " * ", right);
  const int64_t result = write_columns(num_digits(left), voice, text, [&](int place) {
    const int a = digit(left, place);
    return std::pair(concat(a, " * ", right), a * right);
  });
  text += concat(" ", voice.words().so, " ", spaced(result));
  return result;
}

class ArithmeticProblem : public Problem {
 public:
  ArithmeticProblem(Language language, int64_t left, char op, int64_t right)
      : Problem(language), left_(left), op_(op), right_(right) {}

  std::string key() const override { return concat(left_, op_, right_); }
  std::string question() const override {
    return concat(language() == Language::kEnglish ? "compute " : "计算 ", spaced(left_), " ", op_,
                  " ", spaced(right_), " ?");
  }
  std::string reference() const override {
    return spaced(op_ == '+' ? left_ + right_ : left_ * right_);
  }
  std::string offhand_answer(Draws&) const override { return reference(); }
  Verifier verifier() const override { return Verifier::kExact; }

  Solution solve(const SolutionStyle& style, Draws& draws) const override {
    Voice voice(style, language(), draws);
    std::string text;
    int64_t result;
    if (op_ == '+') {
      result = write_sum(left_, right_, voice, text);
    } else if (right_ < 10) {
      result = write_digit_product(left_, static_cast<int>(right_), voice, text);
    } else {
      const int64_t units = write_digit_product(left_, digit(right_, 0), voice, text);
      text += " ";
      const int64_t tens = write_digit_product(left_, digit(right_, 1), voice, text);
      text += " ";
      result = write_sum(units, 10 * tens, voice, text);
    }
    return {text, spaced(result)};
  }

 private:
  int64_t left_;
  char op_;
  int64_t right_;
};

int64_t draw_number(int digits, Draws& draws) {
  const auto low = static_cast<int>(std::lround(std::pow(10, digits - 1)));
  return draws.between(low, 10 * low - 1);
}

struct Shape {
  int left;  // digits
  char op;
  int right;
};

Shape draw_shape(Difficulty difficulty, Draws& draws) {
  static constexpr Shape kShapes[] = {{3, '+', 3}, {4, '+', 4}, {5, '+', 5},
                                      {2, '*', 1}, {3, '*', 1}, {2, '*', 2}};
  switch (difficulty) {
    case Difficulty::kCorpus:
      return kShapes[draws.weighted({.2, .15, .1, .2, .15, .2})];
    case Difficulty::kTraining:
      return kShapes[draws.below(std::size(kShapes))];
    case Difficulty::kEasy:
      return kShapes[draws.weighted({.5, 0, 0, .5, 0, 0})];
    case Difficulty::kHard:
      break;
  }
  return kShapes[draws.weighted({0, 0, .3, 0, .3, .4})];
}

}  // namespace

std::unique_ptr<Problem> draw_arithmetic(Difficulty difficulty, Draws& draws) {
  const Shape shape = draw_shape(difficulty, draws);
  const Language language = draws.chance(0.5) ? Language::kEnglish : Language::kChinese;
  const int64_t left = draw_number(shape.left, draws);
  const int64_t right = shape.right == 1 ? draws.between(2, 9) : draw_number(shape.right, draws);
  return std::make_unique<ArithmeticProblem>(language, left, shape.op, right);
}

}  // namespace r1
