// How small a number made of roots can be without being zero.
#pragma once

#include <optional>

#include "libr1/reward/math_expression.h"

namespace r1 {

// bits with: the value of `expression` is 0, or at least 2^-bits in absolute value. For rational
// numbers, i, + - * /, integer and rational powers and roots; nothing for any other formula.
//
// The separation bound of Burnikel, Fleischer, Mehlhorn and Schirra (A strong and easily computable
// separation bound for arithmetic expressions involving radicals, Algorithmica 27, 2000): with u
// and l computed from the tree and D the product of the degrees of its different radicals, the
// value is 0 or at least 1 / (l u^(D^2 - 1)).
std::optional<double> root_bound_bits(const MathExpression& expression);

}  // namespace r1
