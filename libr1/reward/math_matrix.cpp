#include "libr1/reward/math_matrix.h"

#include <optional>

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

// Elements are copied into every row or column that they meet, so a chain of products grows with
// the power of its length: what is copied is what is paid for.
bool spend_copies(const MathExpression& e, int64_t copies, MathWork& work) {
  constexpr int64_t kWordsOfNode = sizeof(MathExpression) / sizeof(int64_t);
  return work.spend(kWordsOfNode * size_of(e) * copies);
}

// The product of all factors, what is no matrix in front; nothing when the shapes do not fit or the
// work is too much.
std::optional<MathExpression> product_of(const std::vector<MathExpression>& factors,
                                         MathWork& work) {
  std::optional<MathExpression> matrix;
  MathExpression scale{MathKind::kMultiply, "", {}};
  for (const MathExpression& factor : factors) {
    if (!spend_copies(factor, 1, work)) return std::nullopt;
    if (!is_matrix(factor)) {
      scale.children.push_back(factor);
    } else if (!matrix) {
      matrix = factor;
    } else {
      if (matrix->columns != rows_of(factor) || !spend_copies(*matrix, factor.columns, work) ||
          !spend_copies(factor, rows_of(*matrix), work))
        return std::nullopt;
      matrix = multiplied(*matrix, factor);
    }
  }
  if (!matrix || scale.children.empty()) return matrix;
  if (!spend_copies(scale, static_cast<int64_t>(matrix->children.size()), work))
    return std::nullopt;
  return scaled(scale, std::move(*matrix));
}

bool add_into(MathExpression& result, const MathExpression& term, MathWork& work) {
  if (!is_matrix(result) || !is_matrix(term) || result.columns != term.columns ||
      result.children.size() != term.children.size() || !spend_copies(term, 1, work))
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
  if (copy.kind == MathKind::kMultiply) {
    auto folded = product_of(copy.children, work);
    return folded ? std::move(*folded) : copy;
  }
  if (copy.kind != MathKind::kAdd) return copy;
  MathExpression result = copy.children[0];
  for (size_t i = 1; i < copy.children.size(); ++i)
    if (!add_into(result, copy.children[i], work)) return copy;
  return result;
}

}  // namespace r1
