#include "libr1/reward/countdown.h"

#include <gmpxx.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"

namespace r1 {
namespace {

constexpr size_t kLongestAnswer = 1000;
constexpr size_t kMostDigits = 18;

struct Reference {
  long target = 0;
  std::vector<long> numbers;
};

bool starts_with_digit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// Reads an unsigned integer off the front.
std::optional<long> take_integer(std::string_view& text) {
  std::string digits;
  for (; starts_with_digit(text) && digits.size() <= kMostDigits; text.remove_prefix(1))
    digits += text[0];
  if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
  return std::stol(digits);
}

std::optional<Reference> parse_reference(std::string_view text) {
  Reference result;
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto target = take_integer(text);
  if (!target || !text.starts_with(':')) return std::nullopt;
  result.target = negative ? -*target : *target;
  text = trimmed(text.substr(1));
  while (!text.empty()) {
    const auto number = take_integer(text);
    if (!number) return std::nullopt;
    result.numbers.push_back(*number);
    text = trimmed(text);
  }
  if (result.numbers.empty()) return std::nullopt;
  std::sort(result.numbers.begin(), result.numbers.end());
  return result;
}

// sum: term (('+' | '-') term)*   term: factor (('*' | '/') factor)*   factor: number | '(' sum ')'
class Expression {
 public:
  explicit Expression(std::string_view text) : text_(text) {}

  // The value; nothing when the text is no expression or divides by 0.
  std::optional<mpq_class> value() {
    const mpq_class result = sum();
    skip();
    if (!valid_ || !text_.empty()) return std::nullopt;
    return result;
  }
  std::vector<long> numbers_used() const { return numbers_; }

 private:
  void skip() { text_.remove_prefix(std::min(text_.find_first_not_of(kWhiteSpace), text_.size())); }
  bool take(char c) {
    skip();
    if (!valid_ || !text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  mpq_class sum() {
    mpq_class result = term();
    for (;;) {
      if (take('+'))
        result += term();
      else if (take('-'))
        result -= term();
      else
        return result;
    }
  }
  mpq_class term() {
    mpq_class result = factor();
    for (;;) {
      if (take('*')) {
        result *= factor();
      } else if (take('/')) {
        const mpq_class by = factor();
        if (by == 0) valid_ = false;
        if (valid_) result /= by;
      } else {
        return result;
      }
    }
  }
  mpq_class factor() {
    if (take('(')) {  // not deeper than the longest answer
      const mpq_class inside = sum();
      if (!take(')')) valid_ = false;
      return inside;
    }
    // Models whose tokens are digits part them by spaces; two numbers side by side mean nothing
    // else.
    std::string digits;
    for (skip(); starts_with_digit(text_); skip()) {
      digits += text_[0];
      text_.remove_prefix(1);
    }
    if (digits.empty() || digits.size() > kMostDigits) valid_ = false;
    if (!valid_) return 0;
    numbers_.push_back(std::stol(digits));
    return numbers_.back();
  }

  std::string_view text_;
  std::vector<long> numbers_;
  bool valid_ = true;
};

}  // namespace

Judgement verify_countdown(std::string_view reference, std::string_view answer) {
  const auto task = parse_reference(reference);
  if (!task)
    return {Verdict::kUnverifiable,
            "the reference is not of the form \"24: 3 5 9\", target and numbers"};
  if (answer.size() > kLongestAnswer) return {Verdict::kWrong, "the answer is too long"};
  Expression expression(answer);
  const auto value = expression.value();
  if (!value) return {Verdict::kWrong, "the answer is no expression"};
  std::vector<long> used = expression.numbers_used();
  std::sort(used.begin(), used.end());
  if (used != task->numbers) return {Verdict::kWrong, "not each given number exactly once"};
  if (*value != task->target)
    return {Verdict::kWrong, concat("reaches ", value->get_str(), ", not ", task->target)};
  return {Verdict::kCorrect, "reaches the target"};
}

}  // namespace r1
