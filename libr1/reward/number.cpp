#include "libr1/reward/number.h"

#include <gmpxx.h>

namespace r1 {

struct ExactNumber::Value {
  mpq_class rational;
};

namespace {

constexpr size_t kMaxDigits = 1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Digits, in groups of three when commas part them. Nothing when there is none.
std::optional<std::string> take_digits(std::string_view& text) {
  std::string digits;
  size_t at = 0;
  while (at < text.size() && is_digit(text[at])) digits += text[at++];
  const bool grouped = digits.size() >= 1 && digits.size() <= 3;
  while (grouped && at + 3 < text.size() && text[at] == ',' && is_digit(text[at + 1]) &&
         is_digit(text[at + 2]) && is_digit(text[at + 3]) &&
         (at + 4 == text.size() || !is_digit(text[at + 4]))) {
    digits += text.substr(at + 1, 3);
    at += 4;
  }
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  text.remove_prefix(at);
  return digits;
}

// [digits][.digits][e[+-]digits]
std::optional<mpq_class> take_decimal(std::string_view& text) {
  auto digits = take_digits(text);
  std::string fraction;
  if (text.size() > 1 && text[0] == '.' && is_digit(text[1])) {
    text.remove_prefix(1);
    while (!text.empty() && is_digit(text[0]) && fraction.size() <= kMaxDigits) {
      fraction += text[0];
      text.remove_prefix(1);
    }
    if (!digits) digits = "0";
  }
  if (!digits || fraction.size() > kMaxDigits) return std::nullopt;
  mpz_class scale = 1;
  mpz_ui_pow_ui(scale.get_mpz_t(), 10, fraction.size());
  mpq_class value(mpz_class(*digits + fraction, 10), scale);
  if (text.size() > 1 && (text[0] == 'e' || text[0] == 'E')) {
    std::string_view rest = text.substr(1);
    const bool negative = take(rest, "-");
    if (!negative) take(rest, "+");
    const auto exponent = take_digits(rest);
    if (exponent) {
      if (exponent->size() > 3) return std::nullopt;
      mpz_class power;
      mpz_ui_pow_ui(power.get_mpz_t(), 10, std::stoul(*exponent));
      value = negative ? mpq_class(value / power) : mpq_class(value * power);
      text = rest;
    }
  }
  value.canonicalize();
  return value;
}

// What may follow a number: a per cent sign, a full stop, a unit without digits.
bool is_unit(std::string_view text) {
  text = trimmed(text);
  for (const char c : text)
    if (is_digit(c) || std::string_view("+-*/=<>^()[]{}\\,:;").find(c) != std::string_view::npos)
      return false;
  return true;
}

}  // namespace

std::optional<ExactNumber> ExactNumber::parse(std::string_view text) {
  text = trimmed(text);
  while (take(text, "$")) text = trimmed(text);
  const bool negative = take(text, "-") || take(text, "\u2212");  // hyphen, or the minus sign
  if (!negative) take(text, "+");
  text = trimmed(text);
  take(text, "\\$") || take(text, "$") || take(text, "€") || take(text, "£");
  auto value = take_decimal(text);
  if (!value) return std::nullopt;
  std::string_view rest = trimmed(text);
  if (take(rest, "/")) {
    rest = trimmed(rest);
    const auto divisor = take_decimal(rest);
    if (!divisor || *divisor == 0) return std::nullopt;
    *value /= *divisor;
    text = rest;
  }
  take(text, "$");
  take(text, "\\%");
  // A unit stands apart, but for signs: "12 cm", "12%", "12."
  if (!text.empty() && !is_space(text[0]) && text[0] != '%' && text[0] != '.' &&
      static_cast<unsigned char>(text[0]) < 0x80)
    return std::nullopt;
  if (!is_unit(text)) return std::nullopt;
  if (negative) *value = -*value;
  return ExactNumber(std::make_shared<const Value>(Value{*value}));
}

bool operator==(const ExactNumber& a, const ExactNumber& b) {
  return a.value_->rational == b.value_->rational;
}

std::string ExactNumber::to_string() const { return value_->rational.get_str(); }

}  // namespace r1
