#include "libr1/reward/number.h"

#include <gmpxx.h>
#include <utf8proc.h>

#include <algorithm>
#include <iterator>

#include "libr1/reward/ascii.h"
#include "libr1/reward/number_words.h"

namespace r1 {

struct ExactNumber::Value {
  mpq_class rational;
};

namespace {

constexpr size_t kMaxDigits = 1000;

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_any(std::string_view& text, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return take(text, prefix); });
}

// A sign, and whether it is a minus: a hyphen or U+2212.
bool take_sign(std::string_view& text) {
  const bool negative = take_any(text, {"-", "\u2212"});
  if (!negative) take(text, "+");
  text = trimmed(text);
  return negative;
}

// Bytes of a comma between groups of three digits ("1,234", LaTeX's "1{,}234" and "1,\!234"); 0
// when there is none.
size_t group_comma(std::string_view text) {
  for (const std::string_view comma : {",\\!", "{,}", ","}) {
    if (!text.starts_with(comma)) continue;
    const std::string_view group = text.substr(comma.size());
    if (group.size() >= 3 && std::all_of(group.begin(), group.begin() + 3, is_digit) &&
        (group.size() == 3 || !is_digit(group[3])))
      return comma.size();
  }
  return 0;
}

// Digits, in groups of three when commas part them. Nothing when there is none.
std::optional<std::string> take_digits(std::string_view& text) {
  std::string digits;
  size_t at = 0;
  while (at < text.size() && is_digit(text[at])) digits += text[at++];
  // No group begins with 0: "0,123" is a decimal comma, which is not guessed at.
  if (digits.size() >= 1 && digits.size() <= 3 && digits[0] != '0') {
    for (size_t comma; (comma = group_comma(text.substr(at))) > 0; at += 3) {
      at += comma;
      digits += text.substr(at, 3);
    }
  }
  if (digits.empty() || digits.size() > kMaxDigits) return std::nullopt;
  text.remove_prefix(at);
  return digits;
}

mpz_class power_of_ten(unsigned long exponent) {
  mpz_class power;
  mpz_ui_pow_ui(power.get_mpz_t(), 10, exponent);
  return power;
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
  mpq_class value(mpz_class(*digits + fraction, 10), power_of_ten(fraction.size()));
  if (text.size() > 1 && (text[0] == 'e' || text[0] == 'E')) {
    std::string_view rest = text.substr(1);
    const bool negative = take(rest, "-");
    if (!negative) take(rest, "+");
    const auto exponent = take_digits(rest);
    if (exponent) {
      if (exponent->size() > 3) return std::nullopt;
      const mpz_class power = power_of_ten(std::stoul(*exponent));
      value = negative ? mpq_class(value / power) : mpq_class(value * power);
      text = rest;
    }
  }
  value.canonicalize();
  return value;
}

// {decimal}, with a sign
std::optional<mpq_class> take_braced(std::string_view& text) {
  if (!take(text, "{")) return std::nullopt;
  text = trimmed(text);
  const bool negative = take_sign(text);
  auto value = take_decimal(text);
  text = trimmed(text);
  if (!value || !take(text, "}")) return std::nullopt;
  return negative ? mpq_class(-*value) : *value;
}

// A decimal, a quotient a/b of two, or \frac{a}{b}.
std::optional<mpq_class> take_value(std::string_view& text) {
  std::optional<mpq_class> value, divisor;
  if (take_any(text, {"\\frac", "\\dfrac", "\\tfrac"})) {
    value = take_braced(text);
    if (value) divisor = take_braced(text);
    if (!divisor) return std::nullopt;
  } else {
    value = take_decimal(text);
    std::string_view rest = trimmed(text);
    if (!value || !take(rest, "/")) return value;
    rest = trimmed(rest);
    divisor = take_decimal(rest);
    text = rest;
  }
  if (!divisor || *divisor == 0) return std::nullopt;
  return mpq_class(*value / *divisor);
}

// Beside the words of number_words.h, those that another verifier computes with or takes for a
// unit: "5 K" may be five thousand.
constexpr std::string_view kAmbiguous[] = {"quarter", "quarters", "over", "or", "and", "pi", "x",
                                           "y",       "n",        "i",    "e",  "k",   "K",  "M",
                                           "B",       "I",        "X",    "Y",  "N",   "E"};

bool changes_the_value(std::string_view word) {
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return changes_number(word) ||
         std::find(std::begin(kAmbiguous), std::end(kAmbiguous), word) != std::end(kAmbiguous) ||
         (word.size() > 1 &&
          std::find(std::begin(kAmbiguous), std::end(kAmbiguous), lower) != std::end(kAmbiguous));
}

// Letters, currency signs and degrees of any script are fine; digits, superscripts, fractions,
// signs of mathematics and Chinese numerals ("5万" is fifty thousand) are not, nor the Chinese
// for "or".
bool is_unit_character(int32_t c) {
  constexpr std::u32string_view kNumerals = U"〇一二三四五六七八九十百千万萬亿億兆半π或";
  if (kNumerals.find(static_cast<char32_t>(c)) != kNumerals.npos) return false;
  if (c >= 0x2070 && c <= 0x209f) return false;  // superscripts that are letters: ⁿ
  if (c == U'°' || c == U'。' || c == U'％' || c == U'’' || c == U'\u00a0') return true;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SO:  // ℃
      return true;
    default:
      return false;
  }
}

bool holds_words(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || static_cast<unsigned char>(c) >= 0x80; });
}

// "5仟", "5的平方"; not "5平方米", nor a numeral within a word.
bool is_chinese_operation(std::string_view text) {
  constexpr std::string_view kFirst[] = {"零", "拾", "佰", "仟", "廿", "卅", "壹", "贰",
                                         "叁", "肆", "伍", "陆", "柒", "捌", "玖"};
  for (const std::string_view numeral : kFirst)
    if (text.starts_with(numeral)) return true;
  size_t end = 0;
  while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) ++end;
  std::string_view word = text.substr(0, end);
  for (const std::string_view stop : {"。", "，"})
    if (word.ends_with(stop)) word.remove_suffix(stop.size());
  return !word.empty() && changes_number_as_last(word) && !holds_words(text.substr(end));
}

// What may follow a number: a per cent sign, a full stop, a unit without digits.
bool is_unit(std::string_view text) {
  if (is_chinese_operation(trimmed(text))) return false;
  for (size_t at = 0; at < text.size();) {
    if (is_letter(text[at])) {
      size_t end = at;
      while (end < text.size() && is_letter(text[end])) ++end;
      const std::string_view word = text.substr(at, end - at);
      if (changes_the_value(word)) return false;
      if (changes_number_as_last(word) && !holds_words(text.substr(end))) return false;
      at = end;
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      if (std::string_view(" \t\r\n.%$'\"!?_&").find(text[at]) == text.npos) return false;
      ++at;
    } else {
      int32_t c = -1;
      const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(&text[at]),
                                         static_cast<utf8proc_ssize_t>(text.size() - at), &c);
      if (size <= 0 || !is_unit_character(c)) return false;
      // Over a digit a mark is no accent: a bar or a dot says that the digit repeats.
      if (at == 0 && utf8proc_category(c) == UTF8PROC_CATEGORY_MN) return false;
      at += static_cast<size_t>(size);
    }
  }
  return true;
}

}  // namespace

std::optional<ExactNumber> ExactNumber::parse(std::string_view text) {
  text = trimmed(text);
  while (take_any(text, {"$", "\\$", "€", "£", "¥", "￥"})) text = trimmed(text);
  const bool negative = take_sign(text);
  take_any(text, {"\\$", "$", "€", "£", "¥", "￥"});
  auto value = take_value(text);
  if (!value) return std::nullopt;
  if (trimmed(text).starts_with('!')) return std::nullopt;  // a factorial
  take(text, "$");
  take(text, "\\%");
  // A unit of ASCII letters stands apart, signs need not: "12 cm", "12%", "12.", "18元"
  if (!text.empty() && is_letter(text[0])) return std::nullopt;
  if (!is_unit(text)) return std::nullopt;
  if (negative) *value = -*value;
  return ExactNumber(std::make_shared<const Value>(Value{*value}));
}

bool operator==(const ExactNumber& a, const ExactNumber& b) {
  return a.value_->rational == b.value_->rational;
}

std::string ExactNumber::to_string() const { return value_->rational.get_str(); }

}  // namespace r1
