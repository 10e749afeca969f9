// Arithmetic of matrices whose elements are formulas.
#pragma once

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

// The expression with sums and products of matrices, and multiples of them, carried out; as it is
// where the shapes do not fit or the work is too much.
MathExpression with_matrices_folded(const MathExpression& expression, MathWork& work);

}  // namespace r1
