#include "libr1/reward/math_ball.h"

#include <acb.h>
#include <acb_hypgeom.h>

#include <cmath>
#include <limits>

#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_numeral.h"

namespace r1 {

struct Ball::Value {
  acb_t z;
  Value() { acb_init(z); }
  ~Value() { acb_clear(z); }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
};

Ball::Ball() : value_(std::make_unique<Value>()) {}
Ball::~Ball() = default;
Ball::Ball(Ball&&) noexcept = default;
Ball& Ball::operator=(Ball&&) noexcept = default;

bool Ball::contains_zero() const { return acb_contains_zero(value_->z) != 0; }
bool Ball::is_real() const { return acb_is_real(value_->z) != 0; }

int Ball::sign() const {
  if (arb_is_positive(acb_realref(value_->z))) return 1;
  return arb_is_negative(acb_realref(value_->z)) ? -1 : 0;
}

double Ball::upper_log2() const {
  if (acb_is_zero(value_->z)) return -std::numeric_limits<double>::infinity();
  mag_t bound;
  mag_init(bound);
  acb_get_mag(bound, value_->z);
  const double log2 = mag_is_inf(bound) ? std::numeric_limits<double>::infinity()
                                        : mag_get_d_log2_approx(bound) + 1;
  mag_clear(bound);
  return log2;
}

Ball Ball::minus(const Ball& other, int64_t precision) const {
  Ball result;
  acb_sub(result.value_->z, value_->z, other.value_->z, precision);
  return result;
}

std::string Ball::rounded(int places, int64_t precision) const {
  Value scaled;
  arb_ptr x = acb_realref(scaled.z);
  fmpz_t integer;
  fmpz_init(integer);
  fmpz_ui_pow_ui(integer, 10, static_cast<ulong>(places));
  arb_mul_fmpz(x, acb_realref(value_->z), integer, precision);
  arb_mul_2exp_si(x, x, 1);
  arb_add_ui(x, x, 1, precision);
  arb_mul_2exp_si(x, x, -1);
  arb_floor(x, x, precision);
  std::string result;
  if (arb_get_unique_fmpz(integer, x)) {
    char* text = fmpz_get_str(nullptr, 10, integer);
    result = text;
    flint_free(text);
  }
  fmpz_clear(integer);
  return result;
}

namespace {

using Value = Ball::Value;
constexpr int64_t kMaxFactorial = int64_t{1} << 30;

class Evaluator {
 public:
  Evaluator(const std::map<std::string, std::string>& point, slong precision, MathWork& work)
      : point_(point), precision_(precision), work_(work) {
    work_.use_bits(precision);
  }

  BallStatus evaluate(const MathExpression& e, acb_t out);

 private:
  bool spend(int64_t weight) {
    const int64_t words = 1 + precision_ / 64;
    return work_.spend(weight * words * (1 + words / 32));
  }
  BallStatus rational(const std::string& fraction, acb_t out);
  BallStatus many(const MathExpression& e, acb_t out);
  BallStatus power(const MathExpression& e, acb_t out);
  BallStatus root(const MathExpression& e, acb_t out);
  BallStatus negative_power(const acb_t base, const MathExpression& exponent, acb_t out);
  BallStatus constant(const std::string& name, acb_t out);
  BallStatus quantity(const MathExpression& e, acb_t out);
  BallStatus function(const MathExpression& e, acb_t out);
  BallStatus elementary(const std::string& name, const acb_t x, acb_t out);
  BallStatus of_two(const std::string& name, const acb_t a, const acb_t b, acb_t out);
  BallStatus apply(const MathExpression& e, acb_t out);
  BallStatus finite(const acb_t out) const {
    return acb_is_finite(out) ? BallStatus::kFinite : BallStatus::kUndefined;
  }

  const std::map<std::string, std::string>& point_;
  slong precision_;
  MathWork& work_;
};

BallStatus Evaluator::rational(const std::string& fraction, acb_t out) {
  if (!spend(1)) return BallStatus::kTooMuch;
  fmpq_t value;
  fmpq_init(value);
  fmpq_set_str(value, fraction.c_str(), 10);
  acb_set_fmpq(out, value, precision_);
  fmpq_clear(value);
  return BallStatus::kFinite;
}

BallStatus Evaluator::many(const MathExpression& e, acb_t out) {
  BallStatus status = evaluate(e.children[0], out);
  Value next;
  for (size_t i = 1; i < e.children.size() && status == BallStatus::kFinite; ++i) {
    status = evaluate(e.children[i], next.z);
    if (!spend(1)) return BallStatus::kTooMuch;
    if (e.kind == MathKind::kAdd)
      acb_add(out, out, next.z, precision_);
    else
      acb_mul(out, out, next.z, precision_);
  }
  // A sum or product with a tower in it is not followed further.
  return status == BallStatus::kHuge && e.children.size() > 1 ? BallStatus::kTooMuch : status;
}

// base^exponent; kHuge for base > 1 where the exponent has more than 30 bits.
BallStatus Evaluator::power(const MathExpression& e, acb_t out) {
  Value base, exponent, size;
  BallStatus status = evaluate(e.children[0], base.z);
  if (status == BallStatus::kHuge) return BallStatus::kTooMuch;
  if (status != BallStatus::kFinite) return status;
  status = evaluate(e.children[1], exponent.z);
  arb_sub_si(acb_realref(size.z), acb_realref(base.z), 1, 64);
  const bool grows = acb_is_real(base.z) && arb_is_positive(acb_realref(size.z));
  if (status == BallStatus::kHuge) return grows ? status : BallStatus::kTooMuch;
  if (status != BallStatus::kFinite) return status;
  if (!spend(16)) return BallStatus::kTooMuch;
  if (acb_is_real(base.z) && arb_is_negative(acb_realref(base.z)) && !acb_is_int(exponent.z))
    return negative_power(base.z, e.children[1], out);
  if (!acb_contains_zero(base.z)) {
    acb_log(size.z, base.z, 64);
    acb_mul(size.z, size.z, exponent.z, 64);
    arb_t limit;
    arb_init(limit);
    arb_set_si(limit, kMaxFactorial);
    arb_abs(acb_imagref(size.z), acb_realref(size.z));
    const bool small = arb_lt(acb_imagref(size.z), limit) != 0;
    const bool huge = grows && acb_is_real(exponent.z) && arb_gt(acb_realref(size.z), limit) != 0;
    arb_clear(limit);
    if (huge) return BallStatus::kHuge;
    if (!small) return BallStatus::kTooMuch;
  }
  acb_pow(out, base.z, exponent.z, precision_);
  return finite(out);
}

// (-x)^(p/q) is real for odd q.
BallStatus Evaluator::negative_power(const acb_t base, const MathExpression& exponent, acb_t out) {
  const auto value = rational_value(exponent, work_);
  const size_t slash = value ? value->find('/') : std::string::npos;
  const bool odd = slash != std::string::npos && (value->back() - '0') % 2 == 1;
  Value power;
  const BallStatus status = evaluate(exponent, power.z);
  if (status != BallStatus::kFinite) return status;
  if (!odd) {
    acb_pow(out, base, power.z, precision_);
    return finite(out);
  }
  acb_neg(out, base);
  acb_pow(out, out, power.z, precision_);
  if ((value->at(slash - 1) - '0') % 2 == 1) acb_neg(out, out);
  return finite(out);
}

BallStatus Evaluator::root(const MathExpression& e, acb_t out) {
  Value radicand, index;
  BallStatus status = evaluate(e.children[0], radicand.z);
  if (status == BallStatus::kFinite) status = evaluate(e.children[1], index.z);
  if (status != BallStatus::kFinite) return status;
  if (!spend(4)) return BallStatus::kTooMuch;
  fmpz_t n;
  fmpz_init(n);
  const bool whole = acb_get_unique_fmpz(n, index.z) && acb_is_int(index.z) &&
                     fmpz_cmp_si(n, 1) >= 0 && fmpz_cmp_si(n, 1000) <= 0;
  const ulong degree = whole ? fmpz_get_ui(n) : 0;
  fmpz_clear(n);
  if (!whole) {
    acb_inv(index.z, index.z, precision_);
    if (!acb_is_finite(index.z)) return BallStatus::kUndefined;
    acb_pow(out, radicand.z, index.z, precision_);
    return finite(out);
  }
  const bool negative =
      degree % 2 == 1 && acb_is_real(radicand.z) && arb_is_negative(acb_realref(radicand.z));
  if (negative) acb_neg(radicand.z, radicand.z);
  acb_root_ui(out, radicand.z, degree, precision_);
  if (negative) acb_neg(out, out);
  return finite(out);
}

BallStatus Evaluator::constant(const std::string& name, acb_t out) {
  if (!spend(1)) return BallStatus::kTooMuch;
  if (name == "pi")
    acb_const_pi(out, precision_);
  else if (name == "i")
    acb_onei(out);
  else if (name == "e")
    arb_const_e(acb_realref(out), precision_), arb_zero(acb_imagref(out));
  else
    return BallStatus::kUndefined;
  return BallStatus::kFinite;
}

BallStatus Evaluator::quantity(const MathExpression& e, acb_t out) {
  const BallStatus status = evaluate(e.children[0], out);
  if (status != BallStatus::kFinite) return status;
  if (e.text == "%") acb_div_si(out, out, 100, precision_);
  if (e.text == "degree") {
    Value pi;
    acb_const_pi(pi.z, precision_);
    acb_mul(out, out, pi.z, precision_);
    acb_div_si(out, out, 180, precision_);
  }
  return status;
}

BallStatus Evaluator::apply(const MathExpression& e, acb_t out) {
  const auto letter = point_.find(e.text);
  if (letter == point_.end() || is_function_letter(e.text)) return BallStatus::kUndefined;
  const BallStatus status = evaluate(e.children[0], out);
  if (status != BallStatus::kFinite) return status;
  Value value;
  rational(letter->second, value.z);
  acb_mul(out, out, value.z, precision_);
  return status;
}

BallStatus Evaluator::elementary(const std::string& name, const acb_t x, acb_t out) {
  using Function = void (*)(acb_t, const acb_t, slong);
  static constexpr std::pair<std::string_view, Function> kFunctions[] = {
      {"sin", acb_sin},   {"cos", acb_cos},        {"tan", acb_tan},   {"cot", acb_cot},
      {"sec", acb_sec},   {"csc", acb_csc},        {"asin", acb_asin}, {"acos", acb_acos},
      {"atan", acb_atan}, {"sinh", acb_sinh},      {"cosh", acb_cosh}, {"tanh", acb_tanh},
      {"coth", acb_coth}, {"ln", acb_log},         {"log", acb_log},   {"exp", acb_exp},
      {"sgn", acb_sgn},   {"erf", acb_hypgeom_erf}};
  mag_t size;
  mag_init(size);
  acb_get_mag(size, x);
  const bool small = mag_cmp_2exp_si(size, 30) < 0;
  mag_clear(size);
  if (!small && name != "ln" && name != "log" && name != "lg" && name != "abs")
    return BallStatus::kTooMuch;
  // The gamma function and its like are series of about a term for eight bits.
  const bool series = name == "factorial" || name == "erf";
  const int64_t cost = series ? precision_ / 8 * (1 + precision_ / 64) : precision_ / 16;
  if (!spend(32 + cost)) return BallStatus::kTooMuch;
  for (const auto& [known, function] : kFunctions)
    if (known == name) return function(out, x, precision_), finite(out);
  if (name == "lg") {
    Value ten;
    acb_set_si(ten.z, 10);
    acb_log(ten.z, ten.z, precision_);
    acb_log(out, x, precision_);
    acb_div(out, out, ten.z, precision_);
  } else if (name == "abs") {
    acb_abs(acb_realref(out), x, precision_);
    arb_zero(acb_imagref(out));
  } else if (name == "floor" || name == "ceil") {
    if (!acb_is_real(x)) return BallStatus::kUndefined;
    (name == "floor" ? arb_floor : arb_ceil)(acb_realref(out), acb_realref(x), precision_);
    arb_zero(acb_imagref(out));
  } else if (name == "factorial") {
    acb_add_si(out, x, 1, precision_);
    acb_gamma(out, out, precision_);
  } else if (name == "Re" || name == "Im") {
    acb_set_arb(out, name == "Re" ? acb_realref(x) : acb_imagref(x));
  } else {
    return BallStatus::kUndefined;
  }
  return finite(out);
}

BallStatus Evaluator::of_two(const std::string& name, const acb_t a, const acb_t b, acb_t out) {
  Value x, y;
  if (!spend(64)) return BallStatus::kTooMuch;
  if (name == "log_base") {
    acb_log(x.z, a, precision_);
    acb_log(y.z, b, precision_);
    acb_div(out, y.z, x.z, precision_);
  } else if (name == "binom") {  // a! / (b! (a - b)!)
    acb_sub(x.z, a, b, precision_);
    BallStatus status = elementary("factorial", x.z, y.z);
    if (status == BallStatus::kFinite) status = elementary("factorial", b, x.z);
    if (status == BallStatus::kFinite) status = elementary("factorial", a, out);
    if (status != BallStatus::kFinite) return status;
    acb_mul(x.z, x.z, y.z, precision_);
    acb_div(out, out, x.z, precision_);
  } else if (name == "max" || name == "min") {
    if (!acb_is_real(a) || !acb_is_real(b)) return BallStatus::kUndefined;
    (name == "max" ? arb_max : arb_min)(acb_realref(out), acb_realref(a), acb_realref(b),
                                        precision_);
    arb_zero(acb_imagref(out));
  } else {
    return BallStatus::kUndefined;
  }
  return finite(out);
}

BallStatus Evaluator::function(const MathExpression& e, acb_t out) {
  if (e.children.empty() || e.children.size() > 2) return BallStatus::kUndefined;
  Value first, second;
  BallStatus status = evaluate(e.children[0], first.z);
  if (status == BallStatus::kFinite && e.children.size() == 2)
    status = evaluate(e.children[1], second.z);
  if (status == BallStatus::kHuge) return BallStatus::kTooMuch;
  if (status != BallStatus::kFinite) return status;
  return e.children.size() == 1 ? elementary(e.text, first.z, out)
                                : of_two(e.text, first.z, second.z, out);
}

BallStatus Evaluator::evaluate(const MathExpression& e, acb_t out) {
  switch (e.kind) {
    case MathKind::kNumber: {
      const auto fraction = fraction_of_numeral(e.text);
      return fraction ? rational(*fraction, out) : BallStatus::kTooMuch;
    }
    case MathKind::kSymbol: {
      const auto value = point_.find(e.text);
      return value == point_.end() ? BallStatus::kUndefined : rational(value->second, out);
    }
    case MathKind::kConstant:
      return constant(e.text, out);
    case MathKind::kAdd:
    case MathKind::kMultiply:
      return many(e, out);
    case MathKind::kNegate: {
      const BallStatus status = evaluate(e.children[0], out);
      acb_neg(out, out);
      return status == BallStatus::kHuge ? BallStatus::kTooMuch : status;
    }
    case MathKind::kReciprocal: {
      const BallStatus status = evaluate(e.children[0], out);
      if (status == BallStatus::kHuge || !spend(2)) return BallStatus::kTooMuch;
      if (status != BallStatus::kFinite) return status;
      acb_inv(out, out, precision_);
      return finite(out);
    }
    case MathKind::kPower:
      return power(e, out);
    case MathKind::kRoot:
      return root(e, out);
    case MathKind::kQuantity:
      return quantity(e, out);
    case MathKind::kFunction:
      return function(e, out);
    case MathKind::kApply:
      return apply(e, out);
    default:
      return BallStatus::kUndefined;
  }
}

}  // namespace

BallStatus evaluate_ball(const MathExpression& expression,
                         const std::map<std::string, std::string>& point, int64_t precision,
                         MathWork& work, Ball& out) {
  return Evaluator(point, precision, work).evaluate(expression, out.value().z);
}

}  // namespace r1
