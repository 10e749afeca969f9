// Reads the expressions of one tag.
#pragma once

#include <vector>

#include "libr1/tokenizer/jinja_lexer.h"
#include "libr1/tokenizer/jinja_tree.h"

namespace r1::jinja {

class ExpressionParser {
 public:
  // Keeps the reference; the last token is kEnd.
  explicit ExpressionParser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  const Token& peek() const { return tokens_[at_]; }
  bool at_end() const { return peek().kind == TokenKind::kEnd; }
  bool is(std::string_view text) const;  // a name or an operator
  bool take(std::string_view text);      // the same, and past it
  void require(std::string_view text);   // or Fault::kInput
  std::string take_name();               // or Fault::kInput
  void require_end() const;
  [[noreturn]] void fail(const std::string& what) const;

  ExprPtr expression();          // with "a if b else c"
  ExprPtr expression_or_list();  // "a, b" is a list
  ExprPtr condition();           // without "if": what a loop goes over
  // name(arguments), a filter's; its input is null.
  ExprPtr filter_call();

 private:
  ExprPtr make(ExprKind kind, std::string name, std::vector<ExprPtr> children = {}) const;
  ExprPtr add(ExprPtr expr, ExprPtr child) const;
  ExprPtr disjunction();
  ExprPtr conjunction();
  ExprPtr negation();
  ExprPtr comparison();
  ExprPtr sum();
  ExprPtr concatenation();
  ExprPtr product();
  ExprPtr unary(bool with_filters);
  ExprPtr primary();
  ExprPtr literal();
  ExprPtr list(std::string_view close);
  ExprPtr map();
  ExprPtr postfix(ExprPtr expr);
  ExprPtr subscript(ExprPtr expr);
  ExprPtr filters(ExprPtr expr);
  ExprPtr test(ExprPtr expr);
  void arguments(Expr& call);

  const std::vector<Token>& tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace r1::jinja
