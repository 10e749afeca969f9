// Exact arithmetic with formulas: quotients of polynomials with rational coefficients (FLINT).
#pragma once

#include <optional>
#include <string>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

enum class ExactOutcome {
  kEqual,      // as elements of the field: wherever both are defined
  kDifferent,  // proven
  kUnknown,    // more than rational operations is in play, or the work exceeds its budget
  kUndefined,  // a division by zero
};

// Whether a = b. Letters are indeterminates, i a root of x^2 + 1; what is no rational operation
// (roots, functions, powers with a letter above) is an indeterminate too, one for each distinct
// argument in normal form, so that equality is proven and inequality is not. One of pi and e alone
// is transcendental: proven both ways.
ExactOutcome compare_exactly(const MathExpression& a, const MathExpression& b, MathWork& work);

// The sign of a rational c != 0 with a = c b; nothing when there is none, or it is not found.
std::optional<int> constant_ratio_sign(const MathExpression& a, const MathExpression& b,
                                       MathWork& work);

// The exact value of a formula without letters, as "-3" or "2/3"; nothing when it is not rational.
std::optional<std::string> rational_value(const MathExpression& expression, MathWork& work);

}  // namespace r1
