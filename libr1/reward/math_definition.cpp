#include "libr1/reward/math_definition.h"

#include <algorithm>

namespace r1 {
namespace {

bool is_letter(const MathExpression& e) {
  return e.kind == MathKind::kSymbol || e.kind == MathKind::kText ||
         (e.kind == MathKind::kConstant && e.text == "i") ||
         (e.kind == MathKind::kFunction && (e.text == "prime" || e.text == "subscript"));
}

// A letter, a function of letters, a ratio or tuple of names.
bool is_name(const MathExpression& e) {
  if (is_letter(e) || e.kind == MathKind::kApply) return true;
  if (e.kind == MathKind::kTuple || e.kind == MathKind::kList)
    return std::all_of(e.children.begin(), e.children.end(), is_name);
  const auto is_part = [](const MathExpression& part) {
    return is_name(part) || (part.kind == MathKind::kReciprocal && is_name(part.children[0]));
  };
  return e.kind == MathKind::kMultiply && e.children.size() == 2 &&
         e.children[1].kind == MathKind::kReciprocal && is_part(e.children[0]) &&
         is_part(e.children[1]);
}

}  // namespace

MathExpression ends_of_chain(const MathExpression& relation) {
  size_t last = 0;
  while (last < relation.text.size() && relation.text[last] == '=') ++last;
  if (relation.text.find_first_not_of("=~") != std::string::npos) return relation;
  if (last == 0) last = relation.text.size();  // nothing but "about"
  return {MathKind::kRelation, "=", {relation.children[0], relation.children[last]}};
}

std::optional<MathExpression> defined_value(const MathExpression& relation) {
  if (relation.text.find_first_not_of("=~") != std::string::npos) return std::nullopt;
  const MathExpression ends = ends_of_chain(relation);
  if (is_name(ends.children[0])) return ends.children[1];
  if (symbols_of(relation).empty()) return ends.children[1];
  const bool reversed = is_name(ends.children[1]) && symbols_of(ends.children[0]).empty();
  if (reversed) return ends.children[0];
  return std::nullopt;
}

bool is_same_name(const MathExpression& a, const MathExpression& b) {
  return a == b ||
         (a.kind == MathKind::kApply && b.kind == MathKind::kApply && a.text == b.text &&
          a.children[0].kind == MathKind::kSymbol && b.children[0].kind == MathKind::kSymbol);
}

MathExpression in_terms_of(const MathExpression& value, const MathExpression& from,
                           const MathExpression& to) {
  if (from == to || from.kind != MathKind::kApply) return value;
  return substituted(value, from.children[0].text, to.children[0]);
}

bool names_its_elements(const MathExpression& list) {
  const auto& elements = list.children;
  if (elements.size() < 2) return false;
  for (const MathExpression& element : elements)
    if (element.kind != MathKind::kRelation || !defined_value(element)) return false;
  return elements[0].children[0] != elements[1].children[0];
}

bool is_decimal(const MathExpression& expression) {
  if (expression.kind == MathKind::kNumber && expression.text.find('.') != std::string::npos)
    return true;
  return std::any_of(expression.children.begin(), expression.children.end(), is_decimal);
}

MathExpression in_base_unit(const MathExpression& value, const MathUnit& unit) {
  MathExpression result = value;
  for (const int64_t factor : unit.multipliers)
    if (factor != 1) result = product(std::move(result), number_of(factor));
  for (const int64_t factor : unit.divisors)
    if (factor != 1) result = quotient(std::move(result), number_of(factor));
  return result;
}

}  // namespace r1
