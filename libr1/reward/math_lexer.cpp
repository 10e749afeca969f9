#include "libr1/reward/math_lexer.h"

#include <algorithm>
#include <iterator>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/math_columns.h"
#include "libr1/reward/math_unicode.h"

namespace r1 {

using enum MathTokenKind;

MathTokens MathLexer::run() {
  while (at_ < text_.size() && result_.error.empty()) step();
  add(kEnd, "");
  if (has_columns_) resolve_columns(result_.tokens, 0, result_.tokens.size() - 1);
  return std::move(result_);
}

bool MathLexer::take(std::string_view prefix) {
  if (!rest().starts_with(prefix)) return false;
  at_ += prefix.size();
  return true;
}

std::string_view MathLexer::take_letters() {
  const size_t begin = at_;
  while (is_letter(peek())) ++at_;
  return text_.substr(begin, at_ - begin);
}

void MathLexer::step() {
  const char c = peek();
  if (kWhiteSpace.find(c) != kWhiteSpace.npos || c == '~' || c == '\f' || c == '\v') {
    spaced_ = true;
    ++at_;
  } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
    number();
  } else if (is_letter(c)) {
    letters(take_letters());
  } else if (c == '\\') {
    backslash();
  } else if (static_cast<unsigned char>(c) >= 0x80) {
    other_script();
  } else {
    mark();
  }
}

void MathLexer::mark() {
  for (const std::string_view two : {"<=", ">=", "!=", "==", "**", "=<", "=>"})
    if (take(two)) return two_characters(two);
  if (take("...")) return add(kName, "dots");
  const char c = peek();
  if (c == '(' || c == '[') ++depth_;
  if (c == ')' || c == ']') --depth_;
  ++at_;
  if (c == '$' || c == '"' || c == '`' || (c == '&' && matrices_ == 0 && columns_ <= 0)) return;
  if (std::string_view("+-*/^_!%'()[]{}|,;:=<>&.?").find(c) == std::string_view::npos)
    return fail(concat("the sign '", c, "'"));
  has_columns_ = has_columns_ || (c == '&' && matrices_ == 0);
  add(kMark, std::string_view(&text_[at_ - 1], 1));
}

void MathLexer::two_characters(std::string_view text) {
  if (text == "=>") return fail("the sign =>");
  add(kMark, text == "**" ? "^" : text == "==" ? "=" : text == "=<" ? "<=" : text);
}

void MathLexer::letters(std::string_view run) {
  if (const auto half = half_of_day(run)) return add(kWord, *half);
  if (is_temperature(run)) return add(kWord, run[0] == 'C' ? "celsius" : "fahrenheit");
  if ((run == "min" || run == "sec" || run == "deg") && (behind_value_ || follows_number()) &&
      peek() != '(' && peek() != '\\')
    return add(kWord, run);
  if (is_unit_symbol(run)) return add(kWord, run);
  if (run.size() == 1) return add(kName, run);
  // "1orW", "2andx"
  const bool after_value = !result_.tokens.empty() && !spaced_;
  for (const std::string_view joiner : {"or", "and"})
    if (after_value && run.starts_with(joiner) && run.size() == joiner.size() + 1) {
      add(kMark, joiner);
      run.remove_prefix(joiner.size());
    }
  const auto word = letters_word(run);
  if (word && !(word->kind == kWord && is_product_here(run))) return add(word->kind, word->text);
  for (const char& letter : run) add(kName, std::string_view(&letter, 1));
}

// Directly behind a value: "3mgR", "\\frac12at^2".
bool MathLexer::is_product_here(std::string_view run) const {
  if (in_text_ > 0 || !may_be_product(run)) return false;
  if (letters_apart_ && (!spaced_ || kWhiteSpace.find(peek()) == kWhiteSpace.npos)) return true;
  if (result_.tokens.empty()) return false;
  const MathToken& last = result_.tokens.back();
  const bool closes = last.text == ")" || last.text == "}" || last.text == "]";
  if (letters_apart_ && (last.kind == kCommand || (last.kind == kMark && !closes))) return true;
  if (last.kind == kName) return last.text.size() > 1 || !spaced_;  // \\pi abn
  if (last.kind == kMark && last.text == "}") return true;
  return !spaced_ && (last.kind == kNumber || (last.kind == kMark && last.text == ")"));
}

// am, p.m.; capitals only where a time stands: 3 AM may be a multiple of a segment.
std::optional<std::string_view> MathLexer::half_of_day(std::string_view run) {
  const bool dotted = run.size() == 1 && (rest().starts_with(".m") || rest().starts_with(".M"));
  if (dotted && (run == "p" || run == "a" || run == "P" || run == "A")) {
    at_ += 2;
    take(".");
    return run == "p" || run == "P" ? "pm" : "am";
  }
  const size_t count = result_.tokens.size();
  const bool time = count > 1 && follows_number() && result_.tokens[count - 2].text == ":";
  if (!time && !(behind_value_ && count == 0)) return std::nullopt;
  if (run == "AM" || run == "PM") return run == "PM" ? "pm" : "am";
  return std::nullopt;
}

bool MathLexer::is_temperature(std::string_view run) const {
  return (run == "C" || run == "F" || run == "Celsius" || run == "Fahrenheit") &&
         (ends_degree() || (behind_degree_ && result_.tokens.empty()));
}

bool MathLexer::follows_number() const {
  return !result_.tokens.empty() && result_.tokens.back().kind == kNumber;
}

// In \text{} behind a value, or a unit that stands there: 5 \text{ m/s}.
bool MathLexer::is_unit_symbol(std::string_view run) const {
  const auto& tokens = result_.tokens;
  const bool first = tokens.empty() || tokens.back().kind == kWord || tokens.back().text == "/";
  if (!behind_value_ || !first) return false;
  if (run.size() == 1) return std::string_view("mgshLlNJWVK").find(run) != std::string_view::npos;
  constexpr std::string_view kSymbols[] = {"dm", "nm", "ha", "Pa", "kJ", "kW", "kN", "kV", "mA",
                                           "mV", "mW", "MW", "MJ", "dL", "cL", "cl", "hL", "dl"};
  return std::find(std::begin(kSymbols), std::end(kSymbols), run) != std::end(kSymbols);
}

void MathLexer::other_script() {
  if (const auto number = take_chinese_number(rest())) return chinese_number(*number);
  for (const std::string_view joiner : {"或者", "或", "和", "与", "及"})
    if (take(joiner)) return add(kMark, joiner.starts_with("或") ? "or" : "and");
  if (is_minus_word()) {
    take("负");
    return add(kMark, "-");
  }
  const size_t begin = at_;
  do {
    do ++at_;
    while ((static_cast<unsigned char>(peek()) & 0xC0) == 0x80);
  } while (static_cast<unsigned char>(peek()) >= 0x80 && !starts_something());
  add(kWord, text_.substr(begin, at_ - begin));
}

// 负二, but not 负相关.
bool MathLexer::is_minus_word() const {
  constexpr std::string_view kMinus = "负";
  if (!rest().starts_with(kMinus)) return false;
  const char next = peek(kMinus.size());
  return (static_cast<unsigned char>(next) < 0x80 && next != '\0') ||
         take_chinese_number(rest().substr(kMinus.size())).has_value();
}

bool MathLexer::starts_something() const {
  return take_chinese_number(rest()).has_value() || rest().starts_with("或") ||
         rest().starts_with("和") || rest().starts_with("与");
}

void MathLexer::chinese_number(const ChineseNumber& number) {
  at_ += number.bytes;
  if (number.denominator != "1") {
    add(kMark, "(");
    add(kNumber, number.numerator);
    add(kMark, "/");
    add(kNumber, number.denominator);
    return add(kMark, ")");
  }
  add(kNumber, number.numerator);
  if (number.percent) add(kMark, "%");
}

MathTokens lex_math(std::string_view text, CommaReading reading, bool letters_apart) {
  const std::string ascii = ascii_formula(text);
  return MathLexer(ascii, reading, letters_apart).run();
}

}  // namespace r1
