// Equations that name a value: "x = 5", "f(x) = 2x", "(p, q) = (3, 2)".
#pragma once

#include <optional>
#include <vector>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_unit.h"

namespace r1 {

// First and last member of a chain of equations, what is only about equal left out: of
// "x = 4 + 1 = 5" "x = 5". A chain of another kind as it is.
MathExpression ends_of_chain(const MathExpression& relation);

// The value that an equation gives to a name, or to no name ("2 + 3 = 5"); nothing when it is
// another relation, or an equation between formulas.
std::optional<MathExpression> defined_value(const MathExpression& relation);

// "1/3" about "0.33": two values without letters.
bool is_rounding(const MathExpression& relation);

// "(b, a) = (2, 1)" as the list "b = 2, a = 1"; nothing for any other relation.
std::optional<MathExpression> named_elements(const MathExpression& relation);

// Whether an answer may give the values of this formula without saying of what: a name, what a
// figure measures, an absolute value, a formula of several letters. "x^2" is no such thing.
bool may_go_unnamed(const MathExpression& subject);

// x and x, f(x) and f(t).
bool is_same_name(const MathExpression& a, const MathExpression& b);

// The value of f(t) with the letter that f(x) has.
MathExpression in_terms_of(const MathExpression& value, const MathExpression& from,
                           const MathExpression& to);

bool all_relations(const MathExpression& list);
bool has_relations(const MathExpression& list);

// Whether a list's elements define different names: "x = 1, y = 2".
bool names_its_elements(const MathExpression& list);

// The values of such a list, as the tuple of its names would have them: neighbours in the alphabet
// (x and y, p and q, x_1 and x_2) in their order there, other names as they stand.
std::vector<MathExpression> values_by_name(const MathExpression& list);

// Whether a number is written with a decimal point somewhere.
bool is_decimal(const MathExpression& expression);

MathExpression in_base_unit(const MathExpression& value, const MathUnit& unit);

}  // namespace r1
