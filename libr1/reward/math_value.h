// What a formula stands for, before it is compared.
#pragma once

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

// Its values for both signs of every plus-or-minus in it, as a list; the expression when it has
// none. Up to four signs of one value, or of one tuple, are chosen each on its own, unless some are
// minus-or-plus: (\pm1, \pm2) are four points.
MathExpression expanded(const MathExpression& expression);

// Whether the formula has a value at all: "1/0" has none.
bool is_defined(const MathExpression& expression, MathWork& work);

// Whether every part of an answer has a value that can be computed: "5" and "x < 5" have, "f(1)",
// "\ln 0" and a sum that is not carried out have none.
bool has_value(const MathExpression& expression, MathWork& work);

}  // namespace r1
