#include "libr1/reward/math_value.h"

#include <algorithm>
#include <optional>

#include "libr1/reward/math_definition.h"
#include "libr1/reward/math_matrix.h"
#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_numeric.h"

namespace r1 {
namespace {

// The formula with a sign for each plus-or-minus: bit i of `minus` for the i-th of them, or bit 0
// for all, which makes pluses of the opposites then.
MathExpression with_signs_chosen(const MathExpression& e, unsigned minus, bool linked, int& next) {
  MathExpression copy = e;
  const int own = e.kind == MathKind::kPlusMinus && !linked ? next++ : 0;
  for (MathExpression& child : copy.children) child = with_signs_chosen(child, minus, linked, next);
  if (e.kind != MathKind::kPlusMinus) return copy;
  const bool negative = ((minus >> own) & 1) != (e.text == "mp" ? 1U : 0U);
  return negative ? negated(std::move(copy.children[0])) : std::move(copy.children[0]);
}

int signs_in(const MathExpression& e) {
  int count = e.kind == MathKind::kPlusMinus ? 1 : 0;
  for (const MathExpression& child : e.children) count += signs_in(child);
  return count;
}

// Beside \mp all signs change together; else each on its own, as far as that stays few.
MathExpression both_signs(const MathExpression& e) {
  constexpr int kMostSigns = 4;
  const int signs = signs_in(e);
  const bool linked = contains(e, MathKind::kPlusMinus, "mp") || signs > kMostSigns;
  MathExpression list{MathKind::kList, ",", {}};
  for (unsigned minus = 0; minus < (linked ? 2U : 1U << signs); ++minus) {
    int next = 0;
    list.children.push_back(with_signs_chosen(e, minus, linked, next));
  }
  return list;
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
  const bool holds_answers =
      e.kind == MathKind::kList || e.kind == MathKind::kSet || e.kind == MathKind::kRelation;
  if (!holds_answers) return both_signs(e);
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
