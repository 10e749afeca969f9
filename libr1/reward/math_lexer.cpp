#include "libr1/reward/math_lexer.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/chinese_number.h"
#include "libr1/reward/math_unicode.h"
#include "libr1/reward/math_work.h"
#include "libr1/reward/white_space.h"

namespace r1 {
namespace {

using enum MathTokenKind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Environments whose rows and columns are a matrix; of all others only the rows matter.
bool is_matrix(std::string_view name) {
  return name.ends_with("matrix") || name == "array" || name == "vmatrix";
}

class Lexer {
 public:
  Lexer(std::string_view text, CommaReading reading) : text_(text), reading_(reading) {}

  MathTokens run() {
    while (at_ < text_.size() && result_.error.empty()) step();
    add(kEnd, "");
    return std::move(result_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  std::string_view rest() const { return text_.substr(at_); }
  void add(MathTokenKind kind, std::string_view text) {
    result_.tokens.push_back({kind, std::string(text), spaced_});
    spaced_ = false;
  }
  void fail(std::string reason) { result_.error = std::move(reason); }
  bool take(std::string_view prefix) {
    if (!rest().starts_with(prefix)) return false;
    at_ += prefix.size();
    return true;
  }
  std::string_view take_letters() {
    const size_t begin = at_;
    while (is_letter(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void step() {
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

  void mark() {
    for (const std::string_view two : {"<=", ">=", "!=", "==", "**", "=<", "=>"})
      if (take(two)) return two_characters(two);
    if (take("...")) return add(kName, "dots");
    const char c = peek();
    if (c == '(' || c == '[') ++depth_;
    if (c == ')' || c == ']') --depth_;
    ++at_;
    if (c == '$' || c == '"' || c == '`' || (c == '&' && matrices_ == 0)) return;
    if (std::string_view("+-*/^_!%'()[]{}|,;:=<>&.?").find(c) == std::string_view::npos)
      return fail(concat("the sign '", c, "'"));
    add(kMark, std::string_view(&text_[at_ - 1], 1));
  }
  void two_characters(std::string_view text) {
    if (text == "=>") return fail("the sign =>");
    add(kMark, text == "**" ? "^" : text == "==" ? "=" : text == "=<" ? "<=" : text);
  }

  void letters(std::string_view run) {
    if ((run == "p" || run == "a") && take(".m")) {
      take(".");
      return add(kWord, run == "p" ? "pm" : "am");
    }
    if ((run == "min" || run == "sec" || run == "deg") && (behind_value_ || follows_number()) &&
        peek() != '(' && peek() != '\\')
      return add(kWord, run);
    if (run.size() == 1) return add(is_unit_letter(run[0]) ? kWord : kName, run);
    // "1orW", "2andx"
    const bool after_value = !result_.tokens.empty() && !spaced_;
    for (const std::string_view joiner : {"or", "and"})
      if (after_value && run.starts_with(joiner) && run.size() == joiner.size() + 1) {
        add(kMark, joiner);
        run.remove_prefix(joiner.size());
      }
    if (const auto word = letters_word(run)) return add(word->kind, word->text);
    for (const char& letter : run) add(kName, std::string_view(&letter, 1));
  }

  bool follows_number() const {
    return !result_.tokens.empty() && result_.tokens.back().kind == kNumber;
  }
  // In \text{} behind a value: 5 \text{ m}.
  bool is_unit_letter(char letter) const {
    return behind_value_ && result_.tokens.empty() &&
           std::string_view("mgshLlNJWVK").find(letter) != std::string_view::npos;
  }

  void backslash() {
    ++at_;
    const char c = peek();
    if (c == '\\' && !is_command_twice_escaped()) {
      ++at_;
      return add(kMark, "\\\\");
    }
    if (c == '\\') ++at_;
    const std::string_view name = take_letters();
    if (!name.empty()) return command(name);
    if (at_ >= text_.size()) return;
    const char sign = text_[at_++];
    if (sign == '\f' && take("rac")) return add(kCommand, "frac");  // "\frac" read as an escape
    if (sign == '{' || sign == '}') {
      depth_ += sign == '{' ? 1 : -1;
      return add(kMark, sign == '{' ? "\\{" : "\\}");
    }
    if (sign == '$') return add(kMark, "\\$");
    if (sign == '%') return add(kMark, "%");
    if (sign == '|') return add(kMark, "|");
    if (sign == '_' || sign == '&' || sign == '#') return fail(concat("the sign \\", sign));
    spaced_ = true;  // \, \; \! \: and "\ ", \( \) \[ \]
  }

  // \\frac outside of a matrix: a command whose backslash was escaped once too often.
  bool is_command_twice_escaped() const {
    size_t end = at_ + 1;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    if (matrices_ > 0 || name.empty()) return false;
    return command_word(name).has_value() || name == "begin" || name == "end";
  }

  void command(std::string_view name) {
    if (name == "begin" || name == "end") return environment(name == "begin");
    if (name == "overline" && repeating_digits()) return;
    if (name == "dot" && repeating_digits()) return;
    if (name == "mathbb") return blackboard();
    for (const std::string_view space : {"qquad", "quad"})
      if (name.starts_with(space) && name.size() > space.size()) {  // \quadx
        at_ -= name.size() - space.size();
        spaced_ = true;
        return;
      }
    const auto word = command_word(name);
    if (!word) return fail(concat("the command \\", name));
    if (word->kind == kText) return text_argument();
    if (word->text.empty()) {
      spaced_ = true;
      return;
    }
    // \lbrace and its like count as brackets.
    if (word->text == "\\{" || word->text == "[" || word->text == "langle") ++depth_;
    if (word->text == "\\}" || word->text == "]" || word->text == "rangle") --depth_;
    add(word->kind, word->text);
  }

  // {name} of \begin or \end, and an array's columns.
  void environment(bool begin) {
    while (peek() == ' ') ++at_;
    if (!take("{")) return fail("\\begin without a name");
    const size_t close = rest().find('}');
    if (close == std::string_view::npos) return fail("\\begin without a name");
    const std::string_view name = rest().substr(0, close);
    at_ += close + 1;
    if (!is_matrix(name)) return;
    if (begin && name == "array" && take("{")) {
      const size_t columns = rest().find('}');
      at_ += columns == std::string_view::npos ? 0 : columns + 1;
    }
    matrices_ += begin ? 1 : -1;
    depth_ += begin ? 1 : -1;
    add(kMark, begin ? (name == "vmatrix" ? "begin-determinant" : "begin") : "end");
  }

  void blackboard() {
    const bool braced = take("{");
    const std::string_view letter = take_letters();
    if (braced && !take("}")) return fail("\\mathbb without its letter");
    add(kName, concat("mathbb ", letter));
  }

  // \text{...}: runs of letters are words.
  void text_argument() {
    while (peek() == ' ') ++at_;
    if (!take("{")) return;
    int open = 1;
    const size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      if (peek() == '{') ++open;
      if (peek() == '}' && --open == 0) break;
    }
    if (open > 0) return fail("a brace that never closes");
    words_in(text_.substr(begin, at_ - begin));
    ++at_;
  }
  bool ends_value() const {
    if (result_.tokens.empty()) return false;
    const MathToken& last = result_.tokens.back();
    return last.kind == kNumber || (last.kind == kMark && (last.text == "}" || last.text == ")"));
  }
  void words_in(std::string_view text) {
    Lexer inner(text, reading_);
    inner.depth_ = depth_;
    inner.in_text_ = in_text_ + 1;
    inner.behind_value_ = ends_value();
    if (inner.in_text_ > 8) return fail("text within text");
    MathTokens tokens = inner.run();
    tokens.tokens.pop_back();
    bool first = true;
    for (MathToken& token : tokens.tokens) {
      token.spaced = token.spaced || (first && spaced_);
      first = false;
      result_.tokens.push_back(std::move(token));
    }
    spaced_ = false;
    if (!tokens.error.empty()) fail(std::move(tokens.error));
  }

  void other_script() {
    if (const auto number = take_chinese_number(rest())) return chinese_number(*number);
    for (const std::string_view joiner : {"或者", "或", "和", "与", "及"})
      if (take(joiner)) return add(kMark, joiner.starts_with("或") ? "or" : "and");
    if (take("负")) return add(kMark, "-");
    const size_t begin = at_;
    do {
      do ++at_;
      while ((static_cast<unsigned char>(peek()) & 0xC0) == 0x80);
    } while (static_cast<unsigned char>(peek()) >= 0x80 && !starts_something());
    add(kWord, text_.substr(begin, at_ - begin));
  }
  bool starts_something() const {
    return take_chinese_number(rest()).has_value() || rest().starts_with("或") ||
           rest().starts_with("和") || rest().starts_with("与");
  }
  void chinese_number(const ChineseNumber& number) {
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

  // --- numerals ---

  void number() {
    std::string digits = take_digits();
    take_groups(digits);
    if (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      digits += '.' + take_digits();
    } else if (reading_ == CommaReading::kDecimal && depth_ == 0 && peek() == ',' &&
               is_digit(peek(1))) {
      ++at_;
      digits += '.' + take_digits();
    } else if (peek() == '.' && rest().starts_with(".\\overline{")) {
      ++at_;
      digits += '.';
    } else if (peek() == '.' && rest().starts_with(".\\dot{")) {
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
  std::string take_digits() {
    const size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  // Of "{,}" with spaces anywhere.
  static size_t braced_comma(std::string_view text) {
    size_t at = 0;
    for (const char c : {'{', ',', '}'}) {
      while (at < text.size() && text[at] == ' ') ++at;
      if (at >= text.size() || text[at++] != c) return 0;
    }
    return at;
  }
  // Bytes of a separator in front of a group of three digits at position 0 of the rest.
  size_t separator(size_t leading_digits) {
    const std::string_view text = rest();
    size_t size = 0;
    if (const size_t braced = braced_comma(text)) size = braced;
    if (text.starts_with(",\\!")) size = text.find_first_not_of(' ', 3);
    if (text.starts_with("\\,")) size = 2;
    const bool comma = size == 0 && text.starts_with(",");
    if (comma && text.size() > 1 && is_digit(text[1])) result_.digit_commas = true;
    // In brackets a comma parts elements, unless the group begins with a zero.
    if (comma && reading_ == CommaReading::kThousands)
      size = depth_ == 0 || (text.size() > 1 && text[1] == '0') ? 1 : 0;
    if (size == 0 && text.starts_with(" ") && depth_ == 0) size = 1;
    if (size == 0 || size == text.npos || leading_digits > 3) return 0;
    const std::string_view group = text.substr(std::min(size, text.size()));
    const bool three = group.size() >= 3 && std::all_of(group.begin(), group.begin() + 3, is_digit);
    return three && (group.size() == 3 || !is_digit(group[3])) ? size : 0;
  }
  void take_groups(std::string& digits) {
    if (digits.empty() || digits[0] == '0') return;
    const size_t leading = digits.size();
    while (const size_t size = separator(leading)) {
      at_ += size;
      digits += text_.substr(at_, 3);
      at_ += 3;
    }
  }
  // {digits} of \overline or \dot after a numeral that has a point; two are one period.
  bool repeating_digits() {
    if (result_.tokens.empty() || spaced_) return false;
    MathToken& last = result_.tokens.back();
    if (last.kind != kNumber || last.text.find('.') == std::string::npos ||
        last.text.find('e') != std::string::npos)
      return false;
    const size_t close = rest().find('}');
    if (!rest().starts_with("{") || close == std::string_view::npos || close < 2) return false;
    const std::string_view digits = rest().substr(1, close - 1);
    if (!std::all_of(digits.begin(), digits.end(), is_digit) || digits.size() > 100) return false;
    if (last.text.back() == ')')
      last.text.insert(last.text.size() - 1, digits);
    else
      last.text += concat('(', digits, ')');
    at_ += close + 1;
    return true;
  }

  std::string_view text_;
  CommaReading reading_;
  size_t at_ = 0;
  int depth_ = 0, matrices_ = 0, in_text_ = 0;
  bool spaced_ = false, behind_value_ = false;
  MathTokens result_;
};

}  // namespace

MathTokens lex_math(std::string_view text, CommaReading reading) {
  const std::string ascii = ascii_formula(text);
  return Lexer(ascii, reading).run();
}

}  // namespace r1
