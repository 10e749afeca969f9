// Cuts a formula, LaTeX or plain, into tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libr1/reward/chinese_number.h"
#include "libr1/reward/math_vocabulary.h"

namespace r1 {

// What a comma between digits is, where it may be more than one thing: "1,234" or "1,5".
enum class CommaReading { kThousands, kList, kDecimal };

struct MathToken {
  MathTokenKind kind = MathTokenKind::kEnd;
  std::string text;
  bool spaced = false;  // white space before it
};

struct MathTokens {
  std::vector<MathToken> tokens;  // ends with one of kind kEnd
  bool digit_commas = false;      // a comma between two digits: other readings may differ
  std::string error;              // what could not be read; empty when all was
};

// Linear in the text. Money signs in front are marks "\\$"; a lone $ is dropped, like everything
// that only shapes the print. Numerals longer than kMaxMathDigits are an error. letters_apart:
// short words outside of \text are products of letters ("an + b"), see may_be_product.
MathTokens lex_math(std::string_view text, CommaReading reading, bool letters_apart = false);

// One run over a text that has ASCII's signs where there are some (math_unicode.h).
class MathLexer {
 public:
  MathLexer(std::string_view text, CommaReading reading, bool letters_apart)
      : text_(text), reading_(reading), letters_apart_(letters_apart) {}

  MathTokens run();

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
  bool take(std::string_view prefix);
  std::string_view take_letters();

  // math_lexer.cpp: signs, letters, other scripts
  void step();
  void mark();
  void two_characters(std::string_view text);
  void letters(std::string_view run);
  bool is_product_here(std::string_view run) const;
  std::optional<std::string_view> half_of_day(std::string_view run);
  bool is_temperature(std::string_view run) const;
  bool follows_number() const;
  bool is_unit_symbol(std::string_view run) const;
  void other_script();
  bool is_minus_word() const;
  bool starts_something() const;
  void chinese_number(const ChineseNumber& number);

  // math_lexer_commands.cpp: what a backslash begins
  void backslash();
  bool is_command_twice_escaped() const;
  void command(std::string_view name);
  void skip_argument();
  bool null_delimiter(bool closes);
  void marked(std::string_view mark);
  void environment(bool begin);
  void blackboard();
  void text_argument();
  bool ends_value() const;
  bool ends_degree() const;
  void words_in(std::string_view text);

  // math_lexer_numerals.cpp
  void number();
  bool date();
  bool code();
  std::string take_digits();
  size_t separator(size_t leading_digits);
  void take_groups(std::string& digits);
  bool repeating_digits(bool dots);
  void join_period();

  std::string_view text_;
  CommaReading reading_;
  bool letters_apart_;
  size_t at_ = 0;
  int depth_ = 0, matrices_ = 0, columns_ = 0, in_text_ = 0;
  bool has_columns_ = false;
  bool spaced_ = false, behind_value_ = false, behind_degree_ = false;
  MathTokens result_;
};

}  // namespace r1
