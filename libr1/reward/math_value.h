// What a formula stands for, before it is compared.
#pragma once

#include <optional>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

// Its values for both signs of every plus-or-minus in it, as a list; the expression when it has
// none. Up to four signs of one value, or of one tuple, are chosen each on its own, unless some are
// minus-or-plus: (\pm1, \pm2) are four points.
MathExpression expanded(const MathExpression& expression);

// Whether "5 (mod 7)" and "12 (mod 7)" are the same; nothing where one is no such thing, or not of
// numbers.
std::optional<bool> same_residue(const MathExpression& a, const MathExpression& b, MathWork& work);

// A list without "k in Z", where k stands in other elements; the expression where nothing says so.
MathExpression without_integer_ranges(const MathExpression& expression);

// Whether the formula has a value at all: "1/0" has none.
bool is_defined(const MathExpression& expression, MathWork& work);

// Whether every part of an answer has a value that can be computed: "5" and "x < 5" have, "f(1)",
// "\ln 0" and a sum that is not carried out have none.
bool has_value(const MathExpression& expression, MathWork& work);

}  // namespace r1
