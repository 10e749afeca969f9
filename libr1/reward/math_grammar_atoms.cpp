#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/math_columns.h"
#include "libr1/reward/math_grammar.h"
#include "libr1/reward/math_work.h"

namespace r1 {

using enum MathTokenKind;

MathExpression MathGrammar::atom() {
  switch (token().kind) {
    case kNumber:
      return number();
    case kName:
      return name();
    case kFunction:
      return function();
    case kCommand:
      return command();
    case kMark:
      break;
    default:
      fail(token().kind == kEnd ? "the end where a value belongs"
                                : concat("the word '", token().text, "' where a value belongs"));
      return {};
  }
  if (is_mark("(") || is_mark("[") || is_mark("langle")) return bracketed();
  if (is_mark("{") || take_mark("boxed")) return braced();
  if (is_mark("\\{")) return set();
  if (take_mark("|")) return absolute_value();
  if (take_mark("lfloor")) return rounded("rfloor", "floor");
  if (take_mark("lceil")) return rounded("rceil", "ceil");
  if (take_mark("begin")) return matrix(false);
  if (take_mark("begin-determinant")) return matrix(true);
  if (const char* name = currency()) {
    const NestingLevel level(*this);
    if (!level) return {};
    ++at_;
    return {MathKind::kQuantity, name, {power()}};
  }
  fail(concat("'", token().text, "' where a value belongs"));
  return {};
}

// A letter alone: what follows it is its caller's matter, since TeX takes no more for an argument
// ("\\frac1x(x+1)").
MathExpression MathGrammar::name() {
  const std::string text = token().text;
  ++at_;
  if (text == "pi" || text == "e" || text == "i" || text == "infinity")
    return {MathKind::kConstant, text, {}};
  if (text == "emptyset") return {MathKind::kSet, "", {}};
  return {MathKind::kSymbol, text, {}};
}

MathExpression MathGrammar::numeral() {
  MathExpression value{MathKind::kNumber, token().text, {}};
  ++at_;
  return value;
}

// A numeral, or a mixed number: 3\frac{1}{2}, 3 1/2.
MathExpression MathGrammar::number() {
  MathExpression value = numeral();
  const auto is_whole = [](const MathToken& t) {
    return t.kind == kNumber && t.text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (value.text.find_first_not_of("0123456789") != std::string::npos) return value;
  if (is_whole(token()) && token().spaced && is_mark("/", 1) && is_whole(token(2))) {
    MathExpression part =
        quotient({MathKind::kNumber, token().text, {}}, {MathKind::kNumber, token(2).text, {}});
    at_ += 3;
    return {MathKind::kAdd, "", {std::move(value), std::move(part)}};
  }
  if (token().kind == kCommand && token().text == "frac") {
    const size_t back = at_;
    MathExpression part = command();
    const bool mixed = part.children.size() == 2 && part.children[0].kind == MathKind::kNumber &&
                       part.children[1].children[0].kind == MathKind::kNumber;
    if (mixed && error_.empty()) return {MathKind::kAdd, "", {std::move(value), std::move(part)}};
    if (error_.empty()) return {MathKind::kMultiply, "", {std::move(value), std::move(part)}};
    at_ = back;
  }
  return value;
}

MathExpression MathGrammar::bracketed() {
  const std::string open = token().text;
  ++at_;
  const int bars = std::exchange(bars_, 0);
  const bool in_braces = std::exchange(in_braces_, false);
  MathExpression inside = list_until("");
  bars_ = bars;
  in_braces_ = in_braces;
  const std::string close = token().text;
  if (!take_mark(")") && !take_mark("]") && !take_mark("rangle"))
    fail("a bracket that never closes");
  const bool angled = open == "langle" || close == "rangle";
  if (inside.kind != MathKind::kList) return inside;
  return {MathKind::kTuple, angled ? "()" : open + close, std::move(inside.children)};
}

MathExpression MathGrammar::braced() {
  expect_mark("{");
  const int bars = std::exchange(bars_, 0);
  const bool in_braces = std::exchange(in_braces_, false);
  MathExpression inside = list_until("}");
  bars_ = bars;
  in_braces_ = in_braces;
  return inside;
}

// \{1, 2\}; \{x | x > 2\} and \{x : x > 2\}; and a system, \left\{ ... \right.
MathExpression MathGrammar::set() {
  expect_mark("\\{");
  const int bars = std::exchange(bars_, 1);
  const bool in_braces = std::exchange(in_braces_, true);
  MathExpression inside = list_until("");
  const bool conditional = take_mark("|") || take_mark(":");
  if (conditional) inside = those_with(std::move(inside), list_until(""));
  bars_ = bars;
  in_braces_ = in_braces;
  if (take_mark("right.")) return inside;
  expect_mark("\\}");
  if (inside.kind == MathKind::kRelation || conditional) return inside;
  if (inside.kind == MathKind::kList) return {MathKind::kSet, "", std::move(inside.children)};
  return {MathKind::kSet, "", {std::move(inside)}};
}

// Of a letter the condition says all, and of one in R too; \{2k | k \in Z\} is more than that.
MathExpression MathGrammar::those_with(MathExpression elements, MathExpression condition) {
  const auto is_name = [](const MathExpression& e) {
    return e.kind == MathKind::kSymbol || e.kind == MathKind::kConstant;
  };
  const bool relation = elements.kind == MathKind::kRelation && elements.text == "i";
  const bool real = relation && elements.children[1].text == "mathbb R";
  if (real || is_name(elements) ||
      (elements.kind == MathKind::kTuple &&
       std::all_of(elements.children.begin(), elements.children.end(), is_name)))
    return condition;
  if (relation) return {MathKind::kList, "and", {std::move(elements), std::move(condition)}};
  return {MathKind::kFunction, "family", {std::move(elements), std::move(condition)}};
}

MathExpression MathGrammar::absolute_value() {
  const int bars = std::exchange(bars_, 1);
  MathExpression inside = sum();
  bars_ = bars;
  expect_mark("|");
  return {MathKind::kFunction, "abs", {std::move(inside)}};
}

MathExpression MathGrammar::rounded(std::string_view close, const char* function) {
  MathExpression inside = sum();
  expect_mark(close);
  return {MathKind::kFunction, function, {std::move(inside)}};
}

MathExpression MathGrammar::matrix(bool determinant) {
  const NestingLevel level(*this);
  if (!level) return {};
  if (holds_relations()) return list_until("end");
  MathExpression result{MathKind::kMatrix, "", {}};
  int32_t columns = 0;
  while (error_.empty() && !is_mark("end")) {
    result.children.push_back(sum());
    ++columns;
    if (take_mark("&")) continue;
    if (result.columns == 0) result.columns = columns;
    if (columns != result.columns) fail("a matrix with rows of several lengths");
    columns = 0;
    while (take_mark("\\\\")) continue;
    if (!is_mark("end") && at_list_end()) fail("a matrix that never ends");
  }
  expect_mark("end");
  if (result.columns == 0 || columns != 0) fail("a matrix without elements");
  if (determinant) return {MathKind::kFunction, "det", {std::move(result)}};
  return result;
}

// Whether what stands up to the matrix's end is a system of equations or inequalities; its columns
// part values from their conditions, or only shape the print.
bool MathGrammar::holds_relations() {
  bool relations = false;
  int depth = 0;
  size_t end = at_;
  for (; tokens_[end].kind != kEnd; ++end) {
    const MathToken& each = tokens_[end];
    if (each.kind != kMark) continue;
    if (each.text.starts_with("begin")) ++depth;
    if (each.text == "end" && depth-- == 0) break;
    for (const char* relation : {"=", "<", ">", "<=", ">=", "!="})
      relations = relations || (depth == 0 && each.text == relation);
  }
  if (!relations) return false;
  resolve_columns(tokens_, at_, end);
  return true;
}

// {...}, or one digit or letter: \frac12, \sqrt3 excepted, which reads the whole numeral.
MathExpression MathGrammar::argument() {
  if (is_mark("{")) return braced();
  MathToken& next = tokens_[at_];
  if (next.kind == kNumber && next.text.size() > 1 &&
      next.text.find_first_not_of("0123456789") == std::string::npos) {
    MathExpression digit{MathKind::kNumber, next.text.substr(0, 1), {}};
    next.text.erase(0, 1);
    next.spaced = false;
    return digit;
  }
  return next.kind == kNumber ? numeral() : atom();
}

MathExpression MathGrammar::command() {
  const NestingLevel level(*this);
  if (!level) return {};
  const std::string text = token().text;
  ++at_;
  if (text == "sqrt") {
    MathExpression index = number_of(2);
    if (take_mark("[")) index = list_until("]");
    MathExpression radicand = is_mark("{")              ? braced()
                              : token().kind == kNumber ? numeral()
                                                        : atom();
    return {MathKind::kRoot, "", {std::move(radicand), std::move(index)}};
  }
  MathExpression first = argument();
  MathExpression second = argument();
  if (text == "frac") return quotient(std::move(first), std::move(second));
  return {MathKind::kFunction, text, {std::move(first), std::move(second)}};
}

MathExpression MathGrammar::function() {
  const NestingLevel level(*this);
  if (!level) return {};
  std::string name = token().text;
  ++at_;
  if (name == "sum" || name == "prod" || name == "int" || name == "lim") return big_operator(name);
  MathExpression result{MathKind::kFunction, name, {}};
  MathExpression exponent;
  bool raised = false;
  for (int scripts = 0; scripts < 2 && error_.empty(); ++scripts) {
    if (take_mark("_")) {
      result.children.push_back(is_mark("{") ? braced() : argument());
      result.text += "_base";
    } else if (take_mark("^")) {
      exponent = is_mark("{") ? braced() : argument();
      raised = true;
    }
  }
  MathExpression inside = function_argument();
  if (inside.kind == MathKind::kList)
    for (MathExpression& child : inside.children) result.children.push_back(std::move(child));
  else
    result.children.push_back(std::move(inside));
  if (!raised) return result;
  const bool inverse = exponent == negated(number_of(1));
  if (inverse && (name == "sin" || name == "cos" || name == "tan")) {
    result.text = "a" + name;
    return result;
  }
  return {MathKind::kPower, "", {std::move(result), std::move(exponent)}};
}

// \sin(x), \sin x, \sin 2x: up to the next sign, function or bracket.
MathExpression MathGrammar::function_argument() {
  if (take_mark("(")) {
    MathExpression inside = list_until(")");
    return inside;
  }
  if (take_mark("[")) return list_until("]");
  if (is_mark("{")) return braced();
  if (token().kind == kFunction) return function();
  MathExpression factors{MathKind::kMultiply, "", {signed_factor()}};
  while (error_.empty() && starts_factor() && token().kind != kFunction && !is_mark("(") &&
         !is_mark("["))
    factors.children.push_back(power());
  if (factors.children.size() == 1) return std::move(factors.children[0]);
  return factors;
}

// \sum_{k=0}^{n} body: children are what is below, what is above (when there is), the body.
MathExpression MathGrammar::big_operator(const std::string& name) {
  MathExpression result{MathKind::kFunction, name, {}};
  for (int scripts = 0; scripts < 2 && error_.empty(); ++scripts)
    if (take_mark("_") || take_mark("^"))
      result.children.push_back(is_mark("{") ? braced() : argument());
  result.children.push_back(term());
  return result;
}

}  // namespace r1
