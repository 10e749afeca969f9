// Sets of real numbers: intervals, points, what inequalities say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

// From low to high; a point when both are equal and closed. Ends may be -infinity and infinity.
struct RealPiece {
  MathExpression low, high;
  bool low_open = false, high_open = false;
};

struct RealSet {
  std::vector<RealPiece> pieces;
  std::string subject;  // what lies in the set: "x", "f(x)" as a key; empty for a set alone
  bool solved = true;   // the subject is no formula of one unknown: "x^2"
};

// Whether the formula can mean nothing but a set of reals: a union, [0, 1), an inequality, "x in
// ...". (0, 1) may be a pair, {1, 2} a set of anything.
bool is_real_set(const MathExpression& expression);

// The set that a formula stands for: intervals, finite sets, unions, intersections, differences,
// \mathbb{R}, and (chains of) inequalities in one unknown which are linear in it or in its absolute
// value. In order and merged where the ends can be compared. Nothing when it is none of these.
std::optional<RealSet> real_set_of(const MathExpression& expression, MathWork& work);

}  // namespace r1
