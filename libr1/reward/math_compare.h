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

// Whether the formula has a value at all: "1/0" has none.
bool is_defined(const MathExpression& expression, MathWork& work);

// Whether every part of an answer has a value that can be computed: "5" and "x < 5" have, "f(1)",
// "\\ln 0" and a sum that is not carried out have none.
bool has_value(const MathExpression& expression, MathWork& work);

}  // namespace r1
