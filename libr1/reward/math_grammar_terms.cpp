#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/math_grammar.h"
#include "libr1/reward/math_work.h"

namespace r1 {

using enum MathTokenKind;

MathExpression MathGrammar::sum() {
  const NestingLevel level(*this);
  if (!level) return {};
  MathExpression terms{MathKind::kAdd, "", {term()}};
  while (is_mark("+") || is_mark("-") || is_mark("pm") || is_mark("mp")) {
    const std::string sign = token().text;
    ++at_;
    MathExpression next = term();
    if (sign == "-") next = negated(std::move(next));
    if (sign == "pm" || sign == "mp") next = {MathKind::kPlusMinus, sign, {std::move(next)}};
    terms.children.push_back(std::move(next));
  }
  if (terms.children.size() == 1) return std::move(terms.children[0]);
  return terms;
}

bool MathGrammar::starts_factor() const {
  switch (token().kind) {
    case kNumber:
    case kName:
    case kFunction:
    case kCommand:
      return true;
    case kMark:
      break;
    default:
      return false;
  }
  if (is_mark("|")) return bars_ == 0;
  if (is_condition() || is_modulus()) return false;
  if (currency() != nullptr) return token(1).kind == kNumber;
  for (const std::string_view open :
       {"(", "[", "{", "\\{", "langle", "lfloor", "lceil", "begin", "begin-determinant"})
    if (token().text == open) return true;
  return false;
}

// "(mod 7)".
bool MathGrammar::is_modulus() const {
  return is_mark("(") && token(1).kind == kWord && token(1).text == "mod";
}

// "(k \in Z)" at the end of a formula.
bool MathGrammar::is_condition() const {
  constexpr size_t kLongest = 16;
  if (!is_mark("(") || token(1).kind != kName ||
      !(is_mark("in", 2) || is_mark(">", 2) || is_mark("<", 2) || is_mark(">=", 2) ||
        is_mark("<=", 2) || is_mark("!=", 2)))
    return false;
  for (size_t at = 3; at < kLongest; ++at) {
    if (is_mark("(", at) || token(at).kind == kEnd) return false;
    if (is_mark(")", at))
      return token(at + 1).kind == kEnd || is_mark(",", at + 1) || is_mark(".", at + 1) ||
             is_mark(";", at + 1);
  }
  return false;
}

const char* MathGrammar::currency() const {
  constexpr std::pair<const char*, const char*> kSigns[] = {
      {"\\$", "dollar"}, {"\\euro", "euro"}, {"\\pounds", "sterling"}, {"\\yen", "yuan"}};
  for (const auto& [sign, name] : kSigns)
    if (is_mark(sign)) return name;
  return nullptr;
}

// A numeral next to a numeral is no product: "1 2", "1/2 3", "2^3 4", "3! 2", "\\$2 \\$3"; but
// "2^3 3^2" is one.
bool MathGrammar::is_no_product(const MathExpression& before) const {
  const bool money = currency() != nullptr;
  if (token().kind != kNumber && !money) return false;
  const bool bracketed = tokens_[at_ - 1].kind == kMark && tokens_[at_ - 1].text == ")";
  if (bracketed && before.kind != MathKind::kNumber) return false;
  switch (before.kind) {
    case MathKind::kNegate:
    case MathKind::kPlusMinus:
      return is_no_product(before.children[0]);
    case MathKind::kNumber:
    case MathKind::kQuantity:
      return true;
    case MathKind::kReciprocal:
      return before.children[0].kind == MathKind::kNumber || is_no_product(before.children[0]);
    case MathKind::kPower:
      return before.children[0].kind == MathKind::kNumber &&
             before.children[1].kind == MathKind::kNumber && !is_mark("^", 1);
    case MathKind::kFunction:
      return before.text == "factorial" && before.children[0].kind == MathKind::kNumber;
    default:
      return false;
  }
}

MathExpression MathGrammar::term() {
  MathExpression factors{MathKind::kMultiply, "", {signed_factor()}};
  while (error_.empty()) {
    if (take_mark("*")) {
      factors.children.push_back(signed_factor());
    } else if (take_mark("/")) {
      factors.children.push_back({MathKind::kReciprocal, "", {signed_factor()}});
    } else if (starts_factor()) {
      if (is_no_product(factors.children.back())) {
        fail("two numerals side by side");
        break;
      }
      factors.children.push_back(power());
    } else {
      break;
    }
  }
  if (factors.children.size() == 1) return std::move(factors.children[0]);
  return factors;
}

MathExpression MathGrammar::signed_factor() {
  const NestingLevel level(*this);
  if (!level) return {};
  if (take_mark("-")) return negated(signed_factor());
  if (take_mark("+")) return signed_factor();
  for (const char* sign : {"pm", "mp"})
    if (take_mark(sign)) return {MathKind::kPlusMinus, sign, {signed_factor()}};
  return power();
}

MathExpression MathGrammar::power() { return with_exponent(postfix()); }

MathExpression MathGrammar::with_exponent(MathExpression base) {
  if (!is_mark("^")) return base;
  const NestingLevel level(*this);
  if (!level) return {};
  ++at_;
  const size_t braces = is_mark("{") ? 1 : 0;
  if (is_mark("circ", braces) || is_mark("degree", braces)) {
    at_ += 1 + braces;
    if (braces > 0) expect_mark("}");
    return degrees(std::move(base));
  }
  if (is_mark("*", braces)) {  // an adjoint, a dual
    at_ += 1 + braces;
    if (braces > 0) expect_mark("}");
    return {MathKind::kFunction, "star", {std::move(base)}};
  }
  if (is_mark("'", braces)) {
    at_ += 1 + braces;
    if (braces > 0) expect_mark("}");
    return {MathKind::kFunction, "prime", {std::move(base)}};
  }
  MathExpression exponent = is_mark("{") ? braced() : raised();
  if (base.kind == MathKind::kSymbol && exponent == negated(number_of(1)) && is_argument(base.text))
    return applied(base.text + "^-1");
  MathExpression result{MathKind::kPower, "", {std::move(base), std::move(exponent)}};
  return is_mark("!") ? (++at_, MathExpression{MathKind::kFunction, "factorial", {result}})
                      : result;
}

// With minutes and seconds behind them: 45^\circ 30' 15''.
MathExpression MathGrammar::degrees(MathExpression whole) {
  if (whole.kind == MathKind::kNumber && token().kind == kNumber && is_mark("'", 1)) {
    MathExpression sum{MathKind::kAdd, "", {std::move(whole)}};
    const bool seconds_alone = is_mark("'", 2);
    if (!seconds_alone) {
      sum.children.push_back(quotient(numeral(), number_of(60)));
      ++at_;
    }
    if (token().kind == kNumber && is_mark("'", 1) && is_mark("'", 2)) {
      sum.children.push_back(quotient(numeral(), number_of(3600)));
      at_ += 2;
    }
    whole = std::move(sum);
  }
  return {MathKind::kQuantity, "degree", {std::move(whole)}};
}

// 5!! = 5 * 3 * 1; of letters, and of large numbers, it is a function of its own.
MathExpression MathGrammar::double_factorial(MathExpression value) {
  if (is_mark("!")) fail("three ! in a row");
  constexpr size_t kMostDigits = 2;
  const bool small = value.kind == MathKind::kNumber && value.text.size() <= kMostDigits &&
                     value.text.find_first_not_of("0123456789") == std::string::npos;
  if (!small) return {MathKind::kFunction, "double-factorial", {std::move(value)}};
  MathExpression factors{MathKind::kMultiply, "", {number_of(1)}};
  for (int factor = std::stoi(value.text); factor > 1; factor -= 2)
    factors.children.push_back(number_of(factor));
  return factors;
}

// An exponent without braces: signs and a factor. A fraction behind its numeral is no part of it,
// as it would be of a mixed number.
MathExpression MathGrammar::raised() {
  const NestingLevel level(*this);
  if (!level) return {};
  if (take_mark("-")) return negated(raised());
  if (token().kind == kNumber) return with_exponent(with_postfix(numeral()));
  return with_exponent(signed_factor());
}

MathExpression MathGrammar::postfix() { return with_postfix(atom()); }

MathExpression MathGrammar::with_postfix(MathExpression value) {
  for (int wraps = 0; error_.empty(); ++wraps) {
    if (wraps > kMaxMathNesting) fail("too many signs in a row");
    if (take_mark("!"))
      value = take_mark("!") ? double_factorial(std::move(value))
                             : MathExpression{MathKind::kFunction, "factorial", {std::move(value)}};
    else if (is_mark("%") && value.kind == MathKind::kQuantity)
      fail("two units in a row");
    else if (take_mark("%"))
      value = {MathKind::kQuantity, "%", {std::move(value)}};
    else if (take_mark("degree") || take_mark("circ"))
      value = degrees(std::move(value));
    else if (is_mark("'") && value.kind == MathKind::kSymbol && take_mark("'"))
      value.text += '\'';
    else if (is_mark("'") && value.kind == MathKind::kNumber && take_mark("'"))
      continue;  // feet
    else if (const char* name = currency(); name && value.kind == MathKind::kNumber)
      ++at_, value = {MathKind::kQuantity, name, {std::move(value)}};  // 5€
    else if (is_mark("_"))
      value = subscripted(std::move(value));
    else if (value.kind == MathKind::kSymbol && is_argument(value.text))
      value = applied(value.text);
    else
      break;
  }
  return value;
}

// Whether a parenthesis directly behind a letter holds its argument. Behind most it holds a factor.
bool MathGrammar::is_argument(const std::string& letter) const {
  return is_mark("(") && !token().spaced && is_function_letter(letter) &&
         std::find(factors_.begin(), factors_.end(), letter) == factors_.end();
}

MathExpression MathGrammar::applied(const std::string& letter) {
  expect_mark("(");
  MathExpression inside = list_until(")");
  return {MathKind::kApply, letter, {std::move(inside)}};
}

// x_1 is a letter of its own, F_{n-1} a function of n, 1011_2 a numeral of base 2.
MathExpression MathGrammar::subscripted(MathExpression base) {
  ++at_;
  MathExpression below;
  if (token().kind == kWord) {
    below = {MathKind::kSymbol, token().text, {}};
    ++at_;
  } else if (is_mark("{") && token(1).kind == kWord && is_mark("}", 2)) {
    below = {MathKind::kSymbol, token(1).text, {}};
    at_ += 3;
  } else {
    below = is_mark("{")              ? braced()
            : token().kind == kNumber ? numeral()  // x_10
                                      : argument();
  }
  const bool code = base.kind == MathKind::kSymbol && base.text[0] >= '0' && base.text[0] <= '9';
  if (base.kind == MathKind::kNumber || code)
    return {MathKind::kBased, base.text, {std::move(below)}};
  const bool plain = below.kind == MathKind::kNumber || below.kind == MathKind::kSymbol ||
                     below.kind == MathKind::kConstant;
  if (base.kind == MathKind::kSymbol && plain) {
    base.text += "_" + below.text;
    return base;
  }
  return {MathKind::kFunction, "subscript", {std::move(base), std::move(below)}};
}

}  // namespace r1
