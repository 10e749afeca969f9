// Whether two formulas are the same answer.
#pragma once

#include <string>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

enum class MathOutcome { kEqual, kDifferent, kUndecided };

struct MathComparison {
  MathOutcome outcome = MathOutcome::kDifferent;
  std::string reason;  // of kUndecided
};

// Compares a reference with an answer by the rules of MATH.md. decimal_places: where one of two
// numbers is written with a decimal point, they are rounded so before they are compared; below 0,
// they are not.
MathComparison compare_math(const MathExpression& reference, const MathExpression& answer,
                            int decimal_places, MathWork& work);

}  // namespace r1
