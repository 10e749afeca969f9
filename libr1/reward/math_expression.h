// A formula as a tree: a plain tagged struct.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace r1 {

enum class MathKind : uint8_t {
  kNumber,        // text: digits[.digits][(repeating digits)][e[-]digits], no sign
  kSymbol,        // text: the letter's name with its subscript: "x", "alpha", "x_1"
  kConstant,      // text: "pi", "e", "i", "infinity"
  kAdd,           // children: terms
  kNegate,        // child
  kMultiply,      // children: factors
  kReciprocal,    // child; a / b is the product of a and the reciprocal of b
  kPower,         // base, exponent
  kRoot,          // radicand, index
  kFunction,      // text: "sin", "factorial", "sum", ...; children: arguments
  kApply,         // text: a letter's name; children: what follows it in parentheses
  kPlusMinus,     // child; text: "pm" or "mp"
  kQuantity,      // child; text: a unit, "%" or a currency
  kBased,         // text: digits and letters; child: the base
  kText,          // text: words, in small letters
  kList,          // children; text: what joins the last two: "and", "or" or ","
  kTuple,         // children; text: its brackets: "()", "[)", ...
  kSet,           // children
  kUnion,         // children
  kIntersection,  // children
  kDifference,    // two children
  kMatrix,        // children, row by row; columns
  kRelation,      // children; text: between each two of them one of < > l g = n ~ i
};                // (l: at most, g: at least, n: not equal, ~: about, i: in)

struct MathExpression {
  MathKind kind = MathKind::kNumber;
  std::string text;
  std::vector<MathExpression> children;
  int32_t columns = 0;

  friend bool operator==(const MathExpression&, const MathExpression&) = default;
};

inline MathExpression number_of(int64_t value) {
  return {MathKind::kNumber, std::to_string(value), {}};
}
inline MathExpression negated(MathExpression a) { return {MathKind::kNegate, "", {std::move(a)}}; }
inline MathExpression product(MathExpression a, MathExpression b) {
  return {MathKind::kMultiply, "", {std::move(a), std::move(b)}};
}
inline MathExpression quotient(MathExpression a, MathExpression b) {
  return product(std::move(a), {MathKind::kReciprocal, "", {std::move(b)}});
}
inline MathExpression difference(MathExpression a, MathExpression b) {
  return {MathKind::kAdd, "", {std::move(a), negated(std::move(b))}};
}

inline bool is_collection(const MathExpression& e) {
  return e.kind == MathKind::kList || e.kind == MathKind::kTuple || e.kind == MathKind::kSet;
}

// -1 and 1 for the infinities, 0 for everything else.
int infinity_sign(const MathExpression& expression);

// One line, the same for equal trees and no others: the name of an expression in a table.
std::string key_of(const MathExpression& expression);

// Whether any node of the tree is of this kind (and has this text, unless it is empty).
bool contains(const MathExpression& expression, MathKind kind, const std::string& text = "");

// How many nodes the tree has.
int64_t size_of(const MathExpression& expression);

// The names of the symbols in it, sorted, each once.
std::vector<std::string> symbols_of(const MathExpression& expression);

// Letters whose parentheses hold an argument: f(x). With any other, x(x + 1), they hold a factor.
bool is_function_letter(const std::string& name);

// Those of such letters that stand in it without an argument.
std::vector<std::string> lone_function_letters(const MathExpression& expression);

// A copy with `value` in place of a symbol.
MathExpression substituted(const MathExpression& expression, const std::string& symbol,
                           const MathExpression& value);

}  // namespace r1
