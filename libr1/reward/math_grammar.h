// The grammar of formulas, by recursive descent over tokens.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_lexer.h"

namespace r1 {

// One parse. After a failure the remaining tokens are skipped, so every loop ends; the first reason
// is kept. Precedence, weakest first: ; | , and or | relations | cup cap setminus | : | + - | * / |
// sign | ^ | ! % subscripts.
class MathGrammar {
 public:
  // factors: names that stand for quantities, so that no argument follows them.
  explicit MathGrammar(std::vector<MathToken> tokens, std::span<const std::string> factors = {})
      : tokens_(std::move(tokens)), factors_(factors) {}

  MathExpression document();
  const std::string& error() const { return error_; }

 private:
  // tokens
  const MathToken& token(size_t ahead = 0) const;
  bool is_mark(std::string_view text, size_t ahead = 0) const;
  bool take_mark(std::string_view text);
  void expect_mark(std::string_view text);
  void fail(std::string_view reason);
  bool enter();  // one level deeper; false after too many

  // math_grammar.cpp: lists, relations, sets
  MathExpression boxes();
  MathExpression list_until(std::string_view close);
  MathExpression group_of_commas();
  MathExpression relation();
  MathExpression set_operations();
  MathExpression ratio();
  MathExpression quantity();
  bool defines_function() const;
  MathExpression with_unit(MathExpression value);
  void remark(MathExpression& quantity);
  std::string unit();
  void unit_power(std::string& name);
  bool at_list_end() const;

  // math_grammar_terms.cpp: sums and what they are made of
  MathExpression sum();
  MathExpression term();
  bool is_no_product(const MathExpression& before) const;
  MathExpression signed_factor();
  MathExpression power();
  MathExpression with_exponent(MathExpression base);
  MathExpression postfix();
  MathExpression with_postfix(MathExpression value);
  MathExpression degrees(MathExpression whole);
  MathExpression double_factorial(MathExpression value);
  MathExpression raised();
  MathExpression subscripted(MathExpression base);
  bool is_argument(const std::string& letter) const;
  MathExpression applied(const std::string& letter);
  bool starts_factor() const;
  bool is_condition() const;
  bool is_modulus() const;
  const char* currency() const;  // of a sign that stands here, or null

  // math_grammar_atoms.cpp: letters, numerals, brackets, commands
  MathExpression atom();
  MathExpression name();
  MathExpression numeral();
  MathExpression number();
  MathExpression bracketed();
  MathExpression set();
  MathExpression those_with(MathExpression elements, MathExpression condition);
  MathExpression absolute_value();
  MathExpression rounded(std::string_view close, const char* function);
  MathExpression matrix(bool determinant);
  bool holds_relations();
  MathExpression command();
  MathExpression function();
  MathExpression function_argument();
  MathExpression big_operator(const std::string& name);
  MathExpression argument();  // of a command: {...} or one digit or letter
  MathExpression braced();

  std::vector<MathToken> tokens_;
  std::span<const std::string> factors_;
  size_t at_ = 0;
  int depth_ = 0;
  int bars_ = 0;            // open |
  bool in_braces_ = false;  // of a set, directly: a colon may stand for "such that"
  std::string error_;

  friend class NestingLevel;
};

// Counts a level while it lives.
class NestingLevel {
 public:
  explicit NestingLevel(MathGrammar& grammar) : grammar_(grammar), inside_(grammar.enter()) {}
  ~NestingLevel() { --grammar_.depth_; }
  NestingLevel(const NestingLevel&) = delete;
  NestingLevel& operator=(const NestingLevel&) = delete;
  explicit operator bool() const { return inside_; }

 private:
  MathGrammar& grammar_;
  bool inside_;
};

}  // namespace r1
