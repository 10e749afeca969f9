#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/math_lexer.h"
#include "libr1/reward/math_work.h"

namespace r1 {

using enum MathTokenKind;

namespace {

// Of "{,}" with spaces anywhere.
size_t braced_comma(std::string_view text) {
  size_t at = 0;
  for (const char c : {'{', ',', '}'}) {
    while (at < text.size() && text[at] == ' ') ++at;
    if (at >= text.size() || text[at++] != c) return 0;
  }
  return at;
}

// Whether what begins with a comma is a group of thousands behind so many digits: 1,000 is
// no 1.000.
bool is_group(std::string_view text, std::string_view leading) {
  const bool three = text.size() >= 4 && std::all_of(text.begin() + 1, text.begin() + 4, is_digit);
  return three && (text.size() == 4 || !is_digit(text[4])) && !leading.empty() &&
         leading.size() <= 3 && leading[0] != '0';
}

// \overline{3}, \bar3: digits that repeat.
bool is_period(std::string_view text) {
  for (const std::string_view mark : {"\\overline", "\\dot", "\\bar"})
    if (text.starts_with(mark) && text.size() > mark.size())
      return text[mark.size()] == '{' || is_digit(text[mark.size()]);
  return false;
}

}  // namespace

// A date, 2024-01-05, is no difference.
bool MathLexer::date() {
  constexpr std::string_view kForm = "dddd-dd-dd";
  const std::string_view text = rest().substr(0, kForm.size());
  if (text.size() < kForm.size() || is_digit(peek(kForm.size()))) return false;
  for (size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] == 'd' ? !is_digit(text[i]) : text[i] != '-') return false;
  const std::string_view month = text.substr(5, 2), day = text.substr(8);
  const bool calendar = month >= "01" && month <= "12" && day >= "01" && day <= "31";
  const bool alone = result_.tokens.empty() || result_.tokens.back().kind == kWord;
  if (!calendar || !alone) return false;
  at_ += kForm.size();
  add(kWord, text);
  return true;
}

// A numeral of a larger base, or a code: 3A7 is no product, and not 7A3. 1E5 is a power of ten.
bool MathLexer::code() {
  const std::string_view text = rest();
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  size_t letters = 0;
  while (letters < text.size() && is_digit(text[letters])) ++letters;
  size_t end = letters;
  while (end < text.size() && is_capital(text[end])) ++end;
  if (letters == 0 || end == letters || end >= text.size() || !is_digit(text[end])) return false;
  if (text.substr(letters, end - letters) == "E") return false;
  while (end < text.size() && (is_digit(text[end]) || is_capital(text[end]))) ++end;
  add(kName, text.substr(0, end));
  at_ += end;
  return true;
}

void MathLexer::number() {
  if (date() || code()) return;
  std::string digits = take_digits();
  take_groups(digits);
  if (peek() == '.' && is_digit(peek(1))) {
    ++at_;
    digits += '.' + take_digits();
  } else if (reading_ == CommaReading::kDecimal && depth_ == 0 && peek() == ',' &&
             is_digit(peek(1)) && !is_group(rest(), digits)) {
    ++at_;
    digits += '.' + take_digits();
  } else if (peek() == '.' && is_period(rest().substr(1))) {
    ++at_;
    digits += '.';
  }
  if ((peek() == 'e' || peek() == 'E') &&
      (is_digit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && is_digit(peek(2))))) {
    ++at_;
    digits += 'e';
    if (peek() == '-') digits += '-';
    if (!is_digit(peek())) ++at_;
    digits += take_digits();
  }
  if (digits.size() > static_cast<size_t>(kMaxMathDigits))
    return fail(concat("a numeral of more than ", kMaxMathDigits, " digits"));
  if (digits[0] == '.') digits.insert(0, 1, '0');
  add(kNumber, digits);
}

std::string MathLexer::take_digits() {
  const size_t begin = at_;
  while (is_digit(peek())) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

// Bytes of a separator in front of a group of three digits at position 0 of the rest.
size_t MathLexer::separator(size_t leading_digits) {
  const std::string_view text = rest();
  size_t size = 0;
  if (const size_t braced = braced_comma(text)) size = braced;
  if (text.starts_with(",\\!")) size = text.find_first_not_of(' ', 3);
  if (text.starts_with("\\,")) size = 2;
  const bool comma = size == 0 && text.starts_with(",");
  if (comma && text.size() > 1 && is_digit(text[1])) result_.digit_commas = true;
  // In brackets, and in a list, a comma parts elements, unless the group begins with a zero.
  if (comma && reading_ != CommaReading::kDecimal) {
    const bool thousands = reading_ == CommaReading::kThousands && depth_ == 0;
    size = thousands || (text.size() > 1 && text[1] == '0') ? 1 : 0;
  }
  if (size == 0 && text.starts_with(" ") && depth_ == 0) size = 1;
  if (size == 0 || size == text.npos || leading_digits > 3) return 0;
  const std::string_view group = text.substr(std::min(size, text.size()));
  const bool three = group.size() >= 3 && std::all_of(group.begin(), group.begin() + 3, is_digit);
  return three && (group.size() == 3 || !is_digit(group[3])) ? size : 0;
}

void MathLexer::take_groups(std::string& digits) {
  if (digits.empty() || digits[0] == '0') return;
  const size_t leading = digits.size();
  while (const size_t size = separator(leading)) {
    at_ += size;
    digits += text_.substr(at_, 3);
    at_ += 3;
  }
}

// {digits}, or one digit, of \overline or \dot after a numeral that has a point. Two are one
// period, and dots hold one between them: 0.\dot{1}4285\dot{7}.
bool MathLexer::repeating_digits(bool dots) {
  if (result_.tokens.empty() || spaced_) return false;
  const bool braced = rest().starts_with("{");
  const size_t close = braced ? rest().find('}') : 1;
  if (close == std::string_view::npos || close > rest().size() || (braced && close < 2))
    return false;
  const std::string_view digits = rest().substr(braced ? 1 : 0, braced ? close - 1 : 1);
  if (!std::all_of(digits.begin(), digits.end(), is_digit) || digits.size() > 100) return false;
  if (dots) join_period();
  MathToken& last = result_.tokens.back();
  if (last.kind != kNumber || last.text.find('.') == std::string::npos ||
      last.text.find('e') != std::string::npos)
    return false;
  if (last.text.back() == ')')
    last.text.insert(last.text.size() - 1, digits);
  else
    last.text += concat('(', digits, ')');
  at_ += close + (braced ? 1 : 0);
  return true;
}

// Digits between two dots belong to what the first began.
void MathLexer::join_period() {
  auto& tokens = result_.tokens;
  if (tokens.size() < 2 || tokens.back().kind != kNumber || tokens.back().spaced) return;
  MathToken& before = tokens[tokens.size() - 2];
  const std::string digits = tokens.back().text;
  if (before.kind != kNumber || before.text.back() != ')' || digits.size() > 100 ||
      !std::all_of(digits.begin(), digits.end(), is_digit))
    return;
  before.text.insert(before.text.size() - 1, digits);
  tokens.pop_back();
}

}  // namespace r1
