#include "libr1/reward/math_matrix.h"

namespace r1 {
namespace {

int32_t rows_of(const MathExpression& matrix) {
  return static_cast<int32_t>(matrix.children.size()) / matrix.columns;
}

bool is_matrix(const MathExpression& e) { return e.kind == MathKind::kMatrix; }

MathExpression scaled(const MathExpression& factor, MathExpression matrix) {
  for (MathExpression& element : matrix.children) element = product(factor, std::move(element));
  return matrix;
}

// [rows, inner] x [inner, columns]
MathExpression multiplied(const MathExpression& a, const MathExpression& b) {
  MathExpression result{MathKind::kMatrix, "", {}, b.columns};
  const int32_t rows = rows_of(a), inner = a.columns;
  for (int32_t row = 0; row < rows; ++row)
    for (int32_t column = 0; column < b.columns; ++column) {
      MathExpression sum{MathKind::kAdd, "", {}};
      for (int32_t i = 0; i < inner; ++i)
        sum.children.push_back(product(a.children[static_cast<size_t>(row * inner + i)],
                                       b.children[static_cast<size_t>(i * b.columns + column)]));
      result.children.push_back(std::move(sum));
    }
  return result;
}

// One more factor; false when the shapes do not fit.
bool multiply_into(MathExpression& result, MathExpression factor, MathWork& work) {
  const int64_t size = static_cast<int64_t>(result.children.size() + 1) *
                       static_cast<int64_t>(factor.children.size() + 1);
  if (size > 10000 || !work.spend(size)) return false;
  if (!is_matrix(result) && !is_matrix(factor))
    result = product(std::move(result), std::move(factor));
  else if (!is_matrix(factor))
    result = scaled(factor, std::move(result));
  else if (!is_matrix(result))
    result = scaled(result, std::move(factor));
  else if (result.columns == rows_of(factor))
    result = multiplied(result, factor);
  else
    return false;
  return true;
}

bool add_into(MathExpression& result, const MathExpression& term) {
  if (!is_matrix(result) || !is_matrix(term) || result.columns != term.columns ||
      result.children.size() != term.children.size())
    return false;
  for (size_t i = 0; i < result.children.size(); ++i)
    result.children[i] = {MathKind::kAdd, "", {std::move(result.children[i]), term.children[i]}};
  return true;
}

}  // namespace

MathExpression with_matrices_folded(const MathExpression& expression, MathWork& work) {
  if (is_matrix(expression) || !contains(expression, MathKind::kMatrix)) return expression;
  MathExpression copy = expression;
  for (MathExpression& child : copy.children) child = with_matrices_folded(child, work);
  if (copy.kind == MathKind::kNegate && is_matrix(copy.children[0]))
    return scaled(negated(number_of(1)), std::move(copy.children[0]));
  if (copy.kind != MathKind::kMultiply && copy.kind != MathKind::kAdd) return copy;
  MathExpression result = copy.children[0];
  for (size_t i = 1; i < copy.children.size(); ++i) {
    const bool fits = copy.kind == MathKind::kAdd ? add_into(result, copy.children[i])
                                                  : multiply_into(result, copy.children[i], work);
    if (!fits) return copy;
  }
  return result;
}

}  // namespace r1
