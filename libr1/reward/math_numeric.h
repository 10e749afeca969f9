// Comparison of formulas by their values.
#pragma once

#include <optional>
#include <string>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

enum class NumericOutcome { kEqual, kDifferent, kUndefined, kUndecided };

// Without letters: balls of growing precision, until they part (a proof), the difference is below
// the root bound (a proof), or, where roots are not all there is, they agree to 1,000 bits behind
// the point, which counts as equal. With letters: balls at 8 points of 62 random bits a letter.
// Parted balls at one point are a proof of difference; agreement to 128 bits at all points where
// both have (real) values, at least 3 of them, counts as equal.
NumericOutcome compare_numerically(const MathExpression& a, const MathExpression& b,
                                   MathWork& work);

// Whether the formula has a finite value: at some of the points, where it has letters.
bool has_finite_value(const MathExpression& expression, MathWork& work);

// The sign of a real number: -1, 0 or 1; nothing when it is not one, or not decided.
std::optional<int> sign_of(const MathExpression& expression, MathWork& work);

// Whether two real numbers are the same when rounded to so many decimal places (halves up).
std::optional<bool> equal_when_rounded(const MathExpression& a, const MathExpression& b, int places,
                                       MathWork& work);

}  // namespace r1
