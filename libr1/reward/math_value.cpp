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

// "x = +-1" as "x = 1, x = -1"; of "x != +-1" both hold.
MathExpression spread_over(const MathExpression& relation) {
  const bool unequal = relation.text == "n";
  if (relation.kind != MathKind::kRelation || (!unequal && relation.text != "=") ||
      contains(relation.children[0], MathKind::kPlusMinus))
    return relation;
  MathExpression values = expanded(relation.children[1]);
  if (values.kind != MathKind::kList || relation.children[1].kind == MathKind::kList)
    return relation;
  if (unequal) values.text = "and";
  for (MathExpression& value : values.children)
    value = {MathKind::kRelation, relation.text, {relation.children[0], std::move(value)}};
  return values;
}

}  // namespace

MathExpression expanded(const MathExpression& e) {
  if (!contains(e, MathKind::kPlusMinus)) return e;
  const bool holds_answers =
      e.kind == MathKind::kList || e.kind == MathKind::kSet || e.kind == MathKind::kRelation;
  if (!holds_answers) return both_signs(e);
  if (e.kind == MathKind::kRelation && e.text == "n") {
    MathExpression both = spread_over(e);
    if (both.kind == MathKind::kList) return both;
  }
  MathExpression result{e.kind, e.text, {}};
  for (const MathExpression& child : e.children) {
    MathExpression inside = child.kind == MathKind::kRelation ? spread_over(child) : child;
    if (inside == child) inside = expanded(child);
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

std::optional<bool> same_residue(const MathExpression& a, const MathExpression& b, MathWork& work) {
  const auto is_residue = [](const MathExpression& e) {
    return e.kind == MathKind::kFunction && e.text == "mod" && e.children.size() == 2;
  };
  if (!is_residue(a) || !is_residue(b)) return std::nullopt;
  const auto left = rational_value(a.children[1], work),
             right = rational_value(b.children[1], work);
  if (!left || !right) return std::nullopt;
  if (left != right) return false;
  const auto turns =
      rational_value(quotient(difference(a.children[0], b.children[0]), a.children[1]), work);
  if (!turns) return std::nullopt;
  return turns->find('/') == std::string::npos;
}

MathExpression without_integer_ranges(const MathExpression& e) {
  if (e.kind != MathKind::kList || e.text != ",") return e;
  const auto is_range = [&](const MathExpression& child) {
    if (child.kind != MathKind::kRelation || child.text != "i" ||
        child.children[0].kind != MathKind::kSymbol ||
        child.children[1].kind != MathKind::kSymbol ||
        (child.children[1].text != "mathbb Z" && child.children[1].text != "Z"))
      return false;
    return std::any_of(e.children.begin(), e.children.end(), [&](const MathExpression& other) {
      return &other != &child && contains(other, MathKind::kSymbol, child.children[0].text);
    });
  };
  MathExpression rest{e.kind, e.text, {}};
  for (const MathExpression& child : e.children)
    if (!is_range(child)) rest.children.push_back(child);
  // Beside "x > 2" it says which x are meant.
  const bool says_more =
      std::any_of(rest.children.begin(), rest.children.end(), [](const MathExpression& child) {
        return child.kind == MathKind::kRelation && child.text != "=";
      });
  if (says_more || rest.children.size() == e.children.size() || rest.children.empty()) return e;
  return rest.children.size() == 1 ? rest.children[0] : rest;
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
