#include "libr1/reward/math_value.h"

#include <algorithm>
#include <optional>

#include "libr1/reward/math_definition.h"
#include "libr1/reward/math_matrix.h"
#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_numeric.h"

namespace r1 {
namespace {

// Both signs of every plus-or-minus in it, as a list; the expression when it has none.
MathExpression with_signs_chosen(const MathExpression& e, const std::string& positive) {
  MathExpression copy = e;
  for (MathExpression& child : copy.children) child = with_signs_chosen(child, positive);
  if (e.kind != MathKind::kPlusMinus) return copy;
  return e.text == positive ? std::move(copy.children[0]) : negated(std::move(copy.children[0]));
}

bool every_part_has_value(const MathExpression& e, MathWork& work) {
  if (e.kind == MathKind::kText || e.kind == MathKind::kBased || infinity_sign(e) != 0) return true;
  if (e.kind == MathKind::kRelation)
    if (const auto value = defined_value(e)) return every_part_has_value(*value, work);
  const bool ratio = e.kind == MathKind::kFunction && e.text == "ratio";
  if (e.kind <= MathKind::kQuantity && !ratio) return has_finite_value(e, work);
  return std::all_of(e.children.begin(), e.children.end(), [&](const MathExpression& child) {
    return every_part_has_value(child, work);
  });
}

}  // namespace

MathExpression expanded(const MathExpression& e) {
  if (!contains(e, MathKind::kPlusMinus)) return e;
  if (!is_collection(e) && e.kind != MathKind::kRelation)
    return {MathKind::kList, ",", {with_signs_chosen(e, "pm"), with_signs_chosen(e, "mp")}};
  MathExpression result{e.kind, e.text, {}};
  for (const MathExpression& child : e.children) {
    MathExpression inside = expanded(child);
    const bool spread = inside.kind == MathKind::kList && child.kind != MathKind::kList &&
                        e.kind != MathKind::kRelation;
    if (!spread) {
      result.children.push_back(std::move(inside));
      continue;
    }
    for (MathExpression& element : inside.children) result.children.push_back(std::move(element));
  }
  return result;
}

bool has_value(const MathExpression& expression, MathWork& work) {
  return every_part_has_value(with_matrices_folded(expanded(expression), work), work);
}

bool is_defined(const MathExpression& expression, MathWork& work) {
  if (!contains(expression, MathKind::kReciprocal) && !contains(expression, MathKind::kPower))
    return true;
  if (expression.kind <= MathKind::kFunction)
    return compare_exactly(expression, expression, work) != ExactOutcome::kUndefined;
  return std::all_of(expression.children.begin(), expression.children.end(),
                     [&](const MathExpression& child) { return is_defined(child, work); });
}

}  // namespace r1
