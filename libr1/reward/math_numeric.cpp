#include "libr1/reward/math_numeric.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "libr1/core/philox.h"
#include "libr1/reward/math_ball.h"
#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_root_bound.h"

namespace r1 {
namespace {

constexpr int64_t kPrecisions[] = {128, 512, 2048, 8192, kMaxMathBits};
constexpr double kAssumedBits = 1000;  // agreement that counts as equal
constexpr int kPoints = 8, kWidePoints = 8, kSteps = 8, kLeastPoints = 3;

using Point = std::map<std::string, std::string>;

// A tower against a number of at most 2^(2^29): different. Else: not decided.
NumericOutcome compare_huge(BallStatus a, BallStatus b, const Ball& left, const Ball& right) {
  if (a == BallStatus::kHuge && b == BallStatus::kFinite && right.upper_log2() < (1 << 29))
    return NumericOutcome::kDifferent;
  if (b == BallStatus::kHuge && a == BallStatus::kFinite && left.upper_log2() < (1 << 29))
    return NumericOutcome::kDifferent;
  if (a == BallStatus::kUndefined || b == BallStatus::kUndefined) return NumericOutcome::kUndefined;
  return NumericOutcome::kUndecided;
}

NumericOutcome compare_constants(const MathExpression& a, const MathExpression& b, MathWork& work) {
  const auto bound = root_bound_bits(difference(a, b));
  for (const int64_t precision : kPrecisions) {
    Ball left, right;
    const BallStatus a_status = evaluate_ball(a, {}, precision, work, left);
    const BallStatus b_status = evaluate_ball(b, {}, precision, work, right);
    if (a_status == BallStatus::kTooMuch || b_status == BallStatus::kTooMuch)
      return NumericOutcome::kUndecided;
    if (a_status != BallStatus::kFinite || b_status != BallStatus::kFinite) {
      // 1 / (x - x) is finite at no precision; 1 / (small) is at a higher one.
      const auto outcome = compare_huge(a_status, b_status, left, right);
      if (outcome != NumericOutcome::kUndefined || precision >= 2048) return outcome;
      continue;
    }
    const Ball difference = left.minus(right, precision);
    if (!difference.contains_zero()) return NumericOutcome::kDifferent;
    const double bits = -difference.upper_log2();
    if (bound && bits > *bound) return NumericOutcome::kEqual;
    if (!bound && bits > kAssumedBits) return NumericOutcome::kEqual;
  }
  return NumericOutcome::kUndecided;
}

bool is_of_integers(const MathExpression& e) {
  if (e.kind == MathKind::kFunction && (e.text == "factorial" || e.text == "binom")) return true;
  if (e.kind == MathKind::kPower && contains(e.children[0], MathKind::kNegate) &&
      !symbols_of(e.children[1]).empty())
    return true;
  return std::any_of(e.children.begin(), e.children.end(), is_of_integers);
}

bool rounds(const MathExpression& e) {
  return contains(e, MathKind::kFunction, "floor") || contains(e, MathKind::kFunction, "ceil");
}

// Functions of integers are compared at integers; rounded numbers where all letters are what
// integers are usually called.
bool wants_integers(const MathExpression& e, const std::vector<std::string>& symbols) {
  if (is_of_integers(e)) return true;
  const bool whole = std::all_of(symbols.begin(), symbols.end(), [](const std::string& name) {
    return std::string_view("ijklmnN").find(name[0]) != std::string_view::npos &&
           (name.size() == 1 || name[1] == '_');
  });
  return whole && rounds(e);
}

// Formulas that are pieced together: near 0 they may be what they are not farther out.
bool has_pieces(const MathExpression& e) {
  if (e.kind == MathKind::kRoot) return true;
  if (e.kind == MathKind::kPower && (contains(e.children[1], MathKind::kReciprocal) ||
                                     e.children[1].text.find('.') != std::string::npos))
    return true;
  if (e.kind == MathKind::kFunction)
    for (const char* name : {"abs", "max", "min", "sgn", "floor", "ceil"})
      if (e.text == name) return true;
  return std::any_of(e.children.begin(), e.children.end(), has_pieces);
}

// The first three points are positive: roots and logarithms have real values there. Those from
// kPoints on are wide: of both signs and of four scales, up to 8,448. The last are small fractions,
// integers among them, where rounding steps.
Point sample_point(const std::vector<std::string>& symbols, int idx, bool integers) {
  const Random random(20250120, "math points");
  Point point;
  for (size_t i = 0; i < symbols.size(); ++i) {
    const auto a = static_cast<uint32_t>(idx), b = static_cast<uint32_t>(i);
    if (integers) {
      point[symbols[i]] = std::to_string(random.below(40, a, b) + 1);
      continue;
    }
    const uint64_t bits = random.bits(a, b, 0) >> 2;  // below 2^62: a value in [1/8, 4 + 1/8)
    if (idx >= kPoints + kWidePoints) {
      point[symbols[i]] =
          std::to_string(random.below(40, a, b) + 1) + "/" + std::to_string(1 + (a + b) % 4);
      continue;
    }
    bool negative = idx >= kLeastPoints && (random.bits(a, b, 1) & 1) != 0;
    uint32_t scale = 0;  // its logarithm
    if (idx >= kPoints) {
      scale = 2 + 3 * ((a / 2 + b) % 4);
      if (i == 0) negative = idx % 2 != 0;
    }
    point[symbols[i]] = (negative ? "-" : "") + std::to_string(bits + (uint64_t{1} << 57)) + "/" +
                        std::to_string(uint64_t{1} << (60 - scale));
  }
  return point;
}

enum class Evidence { kEqual, kDifferent, kNone, kUndefined, kTooMuch };

Evidence compare_at(const MathExpression& a, const MathExpression& b, const Point& point,
                    bool complex, MathWork& work) {
  for (const int64_t precision : {256, 1024, 4096}) {
    Ball left, right;
    const BallStatus a_status = evaluate_ball(a, point, precision, work, left);
    const BallStatus b_status = evaluate_ball(b, point, precision, work, right);
    if (a_status == BallStatus::kUndefined || b_status == BallStatus::kUndefined)
      return Evidence::kUndefined;
    if (a_status != BallStatus::kFinite || b_status != BallStatus::kFinite)
      return Evidence::kTooMuch;
    const bool both_real = left.is_real() && right.is_real();
    const Ball difference = left.minus(right, precision);
    if (!difference.contains_zero())
      return complex || both_real ? Evidence::kDifferent : Evidence::kNone;
    // To 128 bits behind the point, and of the values where they are smaller than 1.
    const double scale = std::min(0.0, std::max(left.upper_log2(), right.upper_log2()));
    const double error = difference.upper_log2();
    if (std::isinf(error) || scale - error > 128) return Evidence::kEqual;
  }
  return Evidence::kNone;
}

NumericOutcome compare_at_points(const MathExpression& a, const MathExpression& b,
                                 const std::vector<std::string>& symbols, bool complex,
                                 MathWork& work) {
  const bool integers = wants_integers(a, symbols) || wants_integers(b, symbols);
  const bool wide = !integers && !complex && (has_pieces(a) || has_pieces(b));
  const bool steps = wide && (rounds(a) || rounds(b));
  const int points = kPoints + (wide ? kWidePoints : 0) + (steps ? kSteps : 0);
  int equal = 0, undefined = 0;
  for (int i = 0; i < points; ++i) {
    switch (compare_at(a, b, sample_point(symbols, i, integers), complex, work)) {
      case Evidence::kEqual:
        ++equal;
        break;
      case Evidence::kDifferent:
        return NumericOutcome::kDifferent;
      case Evidence::kTooMuch:
        if (i < kPoints) return NumericOutcome::kUndecided;
        break;
      case Evidence::kUndefined:
        ++undefined;
        break;
      case Evidence::kNone:
        break;
    }
  }
  if (equal >= kLeastPoints) return NumericOutcome::kEqual;
  return undefined == points ? NumericOutcome::kUndefined : NumericOutcome::kUndecided;
}

}  // namespace

NumericOutcome compare_numerically(const MathExpression& a, const MathExpression& b,
                                   MathWork& work) {
  const std::vector<std::string> symbols = symbols_of(difference(a, b));
  if (symbols.empty()) return compare_constants(a, b, work);
  const bool has_i = contains(a, MathKind::kConstant, "i") || contains(b, MathKind::kConstant, "i");
  const auto outcome = compare_at_points(a, b, symbols, has_i, work);
  if (outcome != NumericOutcome::kUndecided || has_i || work.exhausted()) return outcome;
  return compare_at_points(a, b, symbols, true, work);  // not real anywhere
}

bool has_finite_value(const MathExpression& expression, MathWork& work) {
  const std::vector<std::string> symbols = symbols_of(expression);
  const bool integers = wants_integers(expression, symbols);
  for (int i = 0; i < kPoints; ++i) {
    Ball value;
    const Point point = sample_point(symbols, i, integers);
    const auto status = evaluate_ball(expression, point, kPrecisions[0], work, value);
    if (status == BallStatus::kFinite) return true;
    if (symbols.empty() || status == BallStatus::kTooMuch) return false;
  }
  return false;
}

std::optional<int> sign_of(const MathExpression& expression, MathWork& work) {
  for (const int64_t precision : kPrecisions) {
    Ball value;
    const BallStatus status = evaluate_ball(expression, {}, precision, work, value);
    if (status == BallStatus::kHuge) return 1;
    if (status != BallStatus::kFinite || !value.is_real()) return std::nullopt;
    if (const int sign = value.sign()) return sign;
    if (precision == kPrecisions[0] &&
        compare_numerically(expression, number_of(0), work) == NumericOutcome::kEqual)
      return 0;
  }
  return std::nullopt;
}

std::optional<bool> equal_when_rounded(const MathExpression& a, const MathExpression& b, int places,
                                       MathWork& work) {
  for (const int64_t precision : {256, 4096}) {
    Ball left, right;
    if (evaluate_ball(a, {}, precision, work, left) != BallStatus::kFinite ||
        evaluate_ball(b, {}, precision, work, right) != BallStatus::kFinite || !left.is_real() ||
        !right.is_real())
      return std::nullopt;
    const std::string x = left.rounded(places, precision), y = right.rounded(places, precision);
    if (!x.empty() && !y.empty()) return x == y;
  }
  return std::nullopt;
}

}  // namespace r1
