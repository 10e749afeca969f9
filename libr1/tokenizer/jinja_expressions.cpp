#include "libr1/tokenizer/jinja_expressions.h"

#include <algorithm>
#include <charconv>

#include "libr1/core/error.h"

namespace r1::jinja {
namespace {

constexpr int kDeepestTree = 200;

}  // namespace

bool ExpressionParser::is(std::string_view text) const {
  const TokenKind kind = peek().kind;
  return (kind == TokenKind::kName || kind == TokenKind::kOperator) && peek().text == text;
}

bool ExpressionParser::take(std::string_view text) {
  const bool found = is(text);
  at_ += found;
  return found;
}

void ExpressionParser::fail(const std::string& what) const { fail_at(peek().line, what); }

void ExpressionParser::require(std::string_view text) {
  if (!take(text))
    fail(concat("found ", at_end() ? "the end of the tag" : concat("'", peek().text, "'"),
                ", expected '", text, "'"));
}

std::string ExpressionParser::take_name() {
  if (peek().kind != TokenKind::kName) fail(concat("found '", peek().text, "', expected a name"));
  return tokens_[at_++].text;
}

void ExpressionParser::require_end() const {
  if (!at_end()) fail(concat("found '", peek().text, "', expected the end of the tag"));
}

ExprPtr ExpressionParser::add(ExprPtr expr, ExprPtr child) const {
  if (child) expr->depth = std::max(expr->depth, child->depth + 1);
  if (expr->depth > kDeepestTree)
    fail(concat("an expression of more than ", kDeepestTree, " levels"));
  expr->children.push_back(std::move(child));
  return expr;
}

ExprPtr ExpressionParser::make(ExprKind kind, std::string name,
                               std::vector<ExprPtr> children) const {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->line = peek().line;
  expr->name = std::move(name);
  for (ExprPtr& child : children) expr = add(std::move(expr), std::move(child));
  return expr;
}

namespace {
std::vector<ExprPtr> pack(ExprPtr a) {
  std::vector<ExprPtr> all;
  all.push_back(std::move(a));
  return all;
}
std::vector<ExprPtr> pack(ExprPtr a, ExprPtr b) {
  std::vector<ExprPtr> all = pack(std::move(a));
  all.push_back(std::move(b));
  return all;
}
}  // namespace

ExprPtr ExpressionParser::expression() {
  if (++nesting_ > kDeepestTree)
    fail(concat("an expression of more than ", kDeepestTree, " levels"));
  ExprPtr expr = disjunction();
  while (take("if")) {
    ExprPtr condition = disjunction();
    ExprPtr otherwise = take("else") ? expression() : nullptr;
    expr = make(ExprKind::kConditional, "if", pack(std::move(expr), std::move(condition)));
    expr = add(std::move(expr), std::move(otherwise));
  }
  --nesting_;
  return expr;
}

ExprPtr ExpressionParser::expression_or_list() {
  ExprPtr first = expression();
  if (!is(",")) return first;
  ExprPtr all = make(ExprKind::kList, "", pack(std::move(first)));
  while (take(",") && !at_end()) all = add(std::move(all), expression());
  return all;
}

ExprPtr ExpressionParser::condition() { return disjunction(); }

ExprPtr ExpressionParser::disjunction() {
  ExprPtr left = conjunction();
  while (take("or")) left = make(ExprKind::kBinary, "or", pack(std::move(left), conjunction()));
  return left;
}

ExprPtr ExpressionParser::conjunction() {
  ExprPtr left = negation();
  while (take("and")) left = make(ExprKind::kBinary, "and", pack(std::move(left), negation()));
  return left;
}

ExprPtr ExpressionParser::negation() {
  int count = 0;
  while (take("not")) ++count;
  ExprPtr expr = comparison();
  if (count > kDeepestTree) fail("too many 'not'");
  for (; count > 0; --count) expr = make(ExprKind::kUnary, "not", pack(std::move(expr)));
  return expr;
}

ExprPtr ExpressionParser::comparison() {
  ExprPtr left = sum();
  for (int count = 0;; ++count) {
    std::string op;
    for (const char* each : {"==", "!=", "<=", ">=", "<", ">", "in"})
      if (op.empty() && take(each)) op = each;
    const bool not_in = op.empty() && is("not") && tokens_[at_ + 1].text == "in";
    if (not_in) {
      at_ += 2;
      op = "in";
    }
    if (op.empty()) return left;
    if (count > 0) fail("comparisons in a chain are not supported; join them by 'and'");
    left = make(ExprKind::kBinary, op, pack(std::move(left), sum()));
    if (not_in) left = make(ExprKind::kUnary, "not", pack(std::move(left)));
  }
}

ExprPtr ExpressionParser::sum() {
  ExprPtr left = concatenation();
  while (is("+") || is("-")) {
    const std::string op = tokens_[at_++].text;
    left = make(ExprKind::kBinary, op, pack(std::move(left), concatenation()));
  }
  return left;
}

ExprPtr ExpressionParser::concatenation() {
  ExprPtr left = product();
  while (take("~")) left = make(ExprKind::kBinary, "~", pack(std::move(left), product()));
  return left;
}

ExprPtr ExpressionParser::product() {
  ExprPtr left = unary(true);
  while (is("*") || is("/") || is("//") || is("%") || is("**")) {
    if (is("**")) fail("the operator '**' is not supported");
    const std::string op = tokens_[at_++].text;
    left = make(ExprKind::kBinary, op, pack(std::move(left), unary(true)));
  }
  return left;
}

ExprPtr ExpressionParser::unary(bool with_filters) {
  if (++nesting_ > kDeepestTree)
    fail(concat("an expression of more than ", kDeepestTree, " levels"));
  ExprPtr expr;
  if (is("-") || is("+")) {
    const std::string op = tokens_[at_++].text;
    expr = make(ExprKind::kUnary, op, pack(unary(false)));
  } else {
    expr = postfix(primary());
  }
  if (with_filters) expr = filters(std::move(expr));
  --nesting_;
  return expr;
}

ExprPtr ExpressionParser::literal() {
  const Token& token = tokens_[at_];
  ExprPtr expr = make(ExprKind::kLiteral, "");
  const char* end = token.text.data() + token.text.size();
  if (token.kind == TokenKind::kString) {
    std::string text;
    while (peek().kind == TokenKind::kString) text += tokens_[at_++].text;
    expr->literal = Value(std::move(text));
    return expr;
  }
  ++at_;
  if (token.kind == TokenKind::kInteger) {
    int64_t value = 0;
    if (std::from_chars(token.text.data(), end, value).ec != std::errc())
      fail(concat("the integer ", token.text, " is too large"));
    expr->literal = Value(value);
  } else {
    double value = 0;
    std::from_chars(token.text.data(), end, value);
    expr->literal = Value(value);
  }
  return expr;
}

ExprPtr ExpressionParser::primary() {
  const Token& token = peek();
  if (token.kind == TokenKind::kEnd) fail("the tag ends where a value was expected");
  if (token.kind == TokenKind::kName) {
    ++at_;
    ExprPtr expr = make(ExprKind::kLiteral, "");
    if (token.text == "true" || token.text == "True")
      expr->literal = Value(true);
    else if (token.text == "false" || token.text == "False")
      expr->literal = Value(false);
    else if (token.text != "none" && token.text != "None")
      return make(ExprKind::kName, token.text);
    return expr;
  }
  if (token.kind != TokenKind::kOperator) return literal();
  if (take("[")) return list("]");
  if (take("{")) return map();
  if (!take("(")) fail(concat("found '", token.text, "', expected a value"));
  if (take(")")) return make(ExprKind::kList, "");
  ExprPtr expr = expression();
  if (!is(",")) {
    require(")");
    return expr;
  }
  take(",");
  ExprPtr rest = list(")");
  rest->children.insert(rest->children.begin(), std::move(expr));
  rest->depth = std::max(rest->depth, rest->children.front()->depth + 1);
  return rest;
}

ExprPtr ExpressionParser::list(std::string_view close) {
  ExprPtr all = make(ExprKind::kList, "");
  while (!take(close)) {
    all = add(std::move(all), expression());
    if (!is(close)) require(",");
  }
  return all;
}

ExprPtr ExpressionParser::map() {
  ExprPtr all = make(ExprKind::kMap, "");
  while (!take("}")) {
    all = add(std::move(all), expression());
    require(":");
    all = add(std::move(all), expression());
    if (!is("}")) require(",");
  }
  return all;
}

ExprPtr ExpressionParser::postfix(ExprPtr expr) {
  for (;;) {
    if (take(".")) {
      const bool index = peek().kind == TokenKind::kInteger;
      if (index)
        expr = make(ExprKind::kItem, "", pack(std::move(expr), literal()));
      else
        expr = make(ExprKind::kAttribute, take_name(), pack(std::move(expr)));
    } else if (take("[")) {
      expr = subscript(std::move(expr));
    } else if (take("(")) {
      expr = make(ExprKind::kCall, "", pack(std::move(expr)));
      arguments(*expr);
    } else {
      return expr;
    }
  }
}

ExprPtr ExpressionParser::subscript(ExprPtr expr) {
  ExprPtr parts[3];
  int colons = 0;
  while (!is("]")) {
    if (take(":")) {
      if (++colons > 2) fail("a slice has at most three parts");
      continue;
    }
    if (parts[colons]) fail(concat("found '", peek().text, "', expected ':' or ']'"));
    parts[colons] = expression();
    if (is(",")) fail("an index of several values is not supported");
  }
  require("]");
  if (colons == 0) {
    if (!parts[0]) fail("an index is missing");
    return make(ExprKind::kItem, "", pack(std::move(expr), std::move(parts[0])));
  }
  ExprPtr slice = make(ExprKind::kSlice, "", pack(std::move(expr)));
  for (ExprPtr& part : parts) slice = add(std::move(slice), std::move(part));
  return slice;
}

// After the parenthesis that opens them.
void ExpressionParser::arguments(Expr& call) {
  while (!take(")")) {
    if (is("*") || is("**")) fail("arguments by '*' are not supported");
    const bool named = peek().kind == TokenKind::kName && tokens_[at_ + 1].text == "=" &&
                       tokens_[at_ + 1].kind == TokenKind::kOperator;
    std::string name;
    if (named) {
      name = take_name();
      take("=");
    }
    ExprPtr value = expression();
    call.depth = std::max(call.depth, value->depth + 1);
    if (call.depth > kDeepestTree) fail("too many levels");
    if (named)
      call.named.emplace_back(name, std::move(value));
    else
      call.children.push_back(std::move(value));
    if (!is(")")) require(",");
  }
}

ExprPtr ExpressionParser::filter_call() {
  std::string name = take_name();
  while (take(".")) name += "." + take_name();
  ExprPtr filter = make(ExprKind::kFilter, std::move(name));
  filter->children.push_back(nullptr);
  if (take("(")) arguments(*filter);
  return filter;
}

ExprPtr ExpressionParser::filters(ExprPtr expr) {
  for (;;) {
    if (take("|")) {
      ExprPtr filter = filter_call();
      filter->depth = std::max(filter->depth, expr->depth + 1);
      if (filter->depth > kDeepestTree) fail("too many levels");
      filter->children[0] = std::move(expr);
      expr = std::move(filter);
    } else if (take("is")) {
      expr = test(std::move(expr));
    } else {
      return expr;
    }
  }
}

ExprPtr ExpressionParser::test(ExprPtr expr) {
  const bool negated = take("not");
  ExprPtr result = make(ExprKind::kTest, take_name(), pack(std::move(expr)));
  const TokenKind kind = peek().kind;
  const bool word = kind == TokenKind::kName && !is("and") && !is("or") && !is("else") &&
                    !is("if") && !is("is") && !is("in") && !is("not") && !is("recursive");
  if (take("("))
    arguments(*result);
  else if (word || kind == TokenKind::kString || kind == TokenKind::kInteger ||
           kind == TokenKind::kFloat || is("[") || is("{"))
    result = add(std::move(result), postfix(primary()));
  return negated ? make(ExprKind::kUnary, "not", pack(std::move(result))) : std::move(result);
}

}  // namespace r1::jinja
