#include "libr1/reward/math_normal_form.h"

#include <flint/fmpq.h>
#include <flint/fmpq_mpoly.h>

#include <map>

#include "libr1/reward/math_numeral.h"

namespace r1 {
namespace {

constexpr slong kGenerators = 24;
constexpr slong kMaxTerms = 2000;     // of a polynomial
constexpr slong kMaxDegree = 100000;  // of a power of one term

class Context {
 public:
  Context() { fmpq_mpoly_ctx_init(context_, kGenerators, ORD_DEGLEX); }
  ~Context() { fmpq_mpoly_ctx_clear(context_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  const fmpq_mpoly_ctx_struct* get() const { return context_; }

 private:
  fmpq_mpoly_ctx_t context_;
};

class Rational {
 public:
  Rational() { fmpq_init(value); }
  ~Rational() { fmpq_clear(value); }
  Rational(const Rational&) = delete;
  Rational& operator=(const Rational&) = delete;
  fmpq_t value;
};

class Polynomial {
 public:
  explicit Polynomial(const Context& context) : context_(context.get()) {
    fmpq_mpoly_init(value, context_);
  }
  ~Polynomial() { fmpq_mpoly_clear(value, context_); }
  Polynomial(const Polynomial& other) : context_(other.context_) {
    fmpq_mpoly_init(value, context_);
    fmpq_mpoly_set(value, other.value, context_);
  }
  Polynomial& operator=(const Polynomial& other) {
    fmpq_mpoly_set(value, other.value, context_);
    return *this;
  }
  fmpq_mpoly_t value;

 private:
  const fmpq_mpoly_ctx_struct* context_;
};

// numerator / denominator, not in lowest terms.
struct Fraction {
  Polynomial numerator, denominator;
  explicit Fraction(const Context& context) : numerator(context), denominator(context) {
    fmpq_mpoly_one(denominator.value, context.get());
  }
};

// A string that FLINT has allocated.
std::string taken(char* text) {
  std::string result = text;
  flint_free(text);
  return result;
}

enum class Status { kOk, kTooMuch, kUndefined };

class Field {
 public:
  explicit Field(MathWork& work) : work_(work) {}

  Status evaluate(const MathExpression& expression, Fraction& out);
  // Both on one denominator: the numerators.
  Status cross(const Fraction& a, const Fraction& b, Polynomial& left, Polynomial& right);
  Status multiply(const Polynomial& a, const Polynomial& b, Polynomial& out);
  void reduce_i(Polynomial& polynomial);
  bool is_zero(const Polynomial& p) const { return fmpq_mpoly_is_zero(p.value, ctx()) != 0; }
  // Whether no relation but i^2 = -1 holds between the generators in use.
  bool is_independent() const;
  const Context& context() const { return context_; }
  // False unless the fraction is a rational number.
  bool rational(const Fraction& fraction, Rational& out) const;

 private:
  const fmpq_mpoly_ctx_struct* ctx() const { return context_.get(); }
  Status add(const MathExpression& expression, Fraction& out);
  Status multiply_all(const MathExpression& expression, Fraction& out);
  Status power(const MathExpression& expression, Fraction& out);
  Status raise(const Polynomial& base, slong exponent, Polynomial& out);
  Status root(const MathExpression& expression, Fraction& out);
  Status generator(const std::string& name, Fraction& out);
  Status opaque(const MathExpression& expression, Fraction& out);
  Status factorial(const MathExpression& expression, Fraction& out);
  std::optional<slong> small_integer(const Fraction& value) const;
  Status constant(const Rational& value, Fraction& out);
  std::string name_of(const Fraction& value) const;

  Context context_;
  MathWork& work_;
  std::map<std::string, slong> generators_;
  bool opaque_ = false;
};

bool Field::is_independent() const {
  return !opaque_ && !(generators_.contains("constant pi") && generators_.contains("constant e"));
}

Status Field::constant(const Rational& value, Fraction& out) {
  const auto bits = static_cast<int64_t>(fmpq_height_bits(value.value));
  if (bits > kMaxMathBits || !work_.spend(1 + bits / 64)) return Status::kTooMuch;
  work_.use_bits(bits);
  fmpq_mpoly_set_fmpq(out.numerator.value, value.value, ctx());
  fmpq_mpoly_one(out.denominator.value, ctx());
  return Status::kOk;
}

bool Field::rational(const Fraction& fraction, Rational& out) const {
  if (fmpq_mpoly_is_fmpq(fraction.numerator.value, ctx()) == 0 ||
      fmpq_mpoly_is_fmpq(fraction.denominator.value, ctx()) == 0)
    return false;
  Rational below;
  fmpq_mpoly_get_fmpq(out.value, fraction.numerator.value, ctx());
  fmpq_mpoly_get_fmpq(below.value, fraction.denominator.value, ctx());
  if (fmpq_is_zero(below.value)) return false;
  fmpq_div(out.value, out.value, below.value);
  return true;
}

Status Field::generator(const std::string& name, Fraction& out) {
  const auto [at, added] = generators_.try_emplace(name, static_cast<slong>(generators_.size()));
  if (at->second >= kGenerators || !work_.spend(1)) return Status::kTooMuch;
  fmpq_mpoly_gen(out.numerator.value, at->second, ctx());
  fmpq_mpoly_one(out.denominator.value, ctx());
  return Status::kOk;
}

// The largest coefficient's bits, an upper bound.
int64_t coefficient_bits(const Polynomial& p) {
  const slong bits = fmpz_mpoly_max_bits(p.value->zpoly);
  return (bits < 0 ? -bits : bits) + static_cast<int64_t>(fmpq_height_bits(p.value->content));
}

Status Field::multiply(const Polynomial& a, const Polynomial& b, Polynomial& out) {
  const int64_t terms = static_cast<int64_t>(fmpq_mpoly_length(a.value, ctx())) *
                        static_cast<int64_t>(fmpq_mpoly_length(b.value, ctx()));
  const int64_t bits = coefficient_bits(a) + coefficient_bits(b);
  if (terms > 20 * kMaxTerms || bits > kMaxMathBits) return Status::kTooMuch;
  if (!work_.spend((1 + terms) * (1 + bits / 64))) return Status::kTooMuch;
  work_.use_bits(bits);
  fmpq_mpoly_mul(out.value, a.value, b.value, ctx());
  return fmpq_mpoly_length(out.value, ctx()) <= kMaxTerms ? Status::kOk : Status::kTooMuch;
}

// i^2 = -1, if i is in use.
void Field::reduce_i(Polynomial& polynomial) {
  const auto at = generators_.find("constant i");
  if (at == generators_.end()) return;
  Polynomial modulus(context_), quotient(context_), remainder(context_);
  fmpq_mpoly_gen(modulus.value, at->second, ctx());
  fmpq_mpoly_pow_ui(modulus.value, modulus.value, 2, ctx());
  fmpq_mpoly_add_si(modulus.value, modulus.value, 1, ctx());
  fmpq_mpoly_divrem(quotient.value, remainder.value, polynomial.value, modulus.value, ctx());
  polynomial = remainder;
}

Status Field::cross(const Fraction& a, const Fraction& b, Polynomial& left, Polynomial& right) {
  Status status = multiply(a.numerator, b.denominator, left);
  if (status == Status::kOk) status = multiply(b.numerator, a.denominator, right);
  reduce_i(left);
  reduce_i(right);
  return status;
}

Status Field::add(const MathExpression& expression, Fraction& out) {
  Status status = evaluate(expression.children[0], out);
  for (size_t i = 1; i < expression.children.size() && status == Status::kOk; ++i) {
    Fraction next(context_);
    status = evaluate(expression.children[i], next);
    if (status != Status::kOk) break;
    if (fmpq_mpoly_equal(out.denominator.value, next.denominator.value, ctx()) != 0) {
      if (!work_.spend(fmpq_mpoly_length(out.numerator.value, ctx()) + 1)) return Status::kTooMuch;
      fmpq_mpoly_add(out.numerator.value, out.numerator.value, next.numerator.value, ctx());
      if (fmpq_mpoly_length(out.numerator.value, ctx()) > kMaxTerms) return Status::kTooMuch;
      continue;
    }
    Polynomial left(context_), right(context_), denominator(context_);
    status = multiply(out.numerator, next.denominator, left);
    if (status == Status::kOk) status = multiply(next.numerator, out.denominator, right);
    if (status == Status::kOk) status = multiply(out.denominator, next.denominator, denominator);
    fmpq_mpoly_add(out.numerator.value, left.value, right.value, ctx());
    out.denominator = denominator;
  }
  return status;
}

Status Field::multiply_all(const MathExpression& expression, Fraction& out) {
  Status status = evaluate(expression.children[0], out);
  for (size_t i = 1; i < expression.children.size() && status == Status::kOk; ++i) {
    Fraction next(context_);
    status = evaluate(expression.children[i], next);
    Fraction result(context_);
    if (status == Status::kOk) status = multiply(out.numerator, next.numerator, result.numerator);
    if (status == Status::kOk)
      status = multiply(out.denominator, next.denominator, result.denominator);
    reduce_i(result.numerator);
    reduce_i(result.denominator);
    out = result;
  }
  return status;
}

std::optional<slong> Field::small_integer(const Fraction& value) const {
  Rational number;
  if (!rational(value, number) || !fmpz_is_one(fmpq_denref(number.value)) ||
      !fmpz_fits_si(fmpq_numref(number.value)))
    return std::nullopt;
  return fmpz_get_si(fmpq_numref(number.value));
}

Status Field::raise(const Polynomial& base, slong exponent, Polynomial& out) {
  const slong terms = fmpq_mpoly_length(base.value, ctx());
  const int64_t bits = coefficient_bits(base) + (terms > 1 ? 8 : 0);
  if (exponent > kMaxDegree || bits * exponent > kMaxMathBits) return Status::kTooMuch;
  // (exponent + terms - 1 over terms - 1) terms at most
  double most = 1;
  for (slong i = 1; i < terms && most < 1e6; ++i)
    most *= static_cast<double>(exponent + i) / static_cast<double>(i);
  if (most > static_cast<double>(kMaxTerms)) return Status::kTooMuch;
  const auto cost = static_cast<int64_t>(most) * (1 + bits * exponent / 64) * (1 + terms);
  if (!work_.spend(1 + cost)) return Status::kTooMuch;
  work_.use_bits(bits * exponent);
  fmpq_mpoly_pow_ui(out.value, base.value, static_cast<ulong>(exponent), ctx());
  reduce_i(out);
  return Status::kOk;
}

Status Field::power(const MathExpression& expression, Fraction& out) {
  Fraction base(context_), exponent(context_);
  Status status = evaluate(expression.children[1], exponent);
  const auto integer = status == Status::kOk ? small_integer(exponent) : std::nullopt;
  if (!integer) return status == Status::kUndefined ? status : opaque(expression, out);
  if (status = evaluate(expression.children[0], base); status != Status::kOk) return status;
  const bool inverted = *integer < 0;
  const slong n = inverted ? -*integer : *integer;
  if (n < 0) return Status::kTooMuch;
  Polynomial& above = inverted ? base.denominator : base.numerator;
  Polynomial& below = inverted ? base.numerator : base.denominator;
  if (is_zero(below) || (n == 0 && is_zero(above))) return Status::kUndefined;
  status = raise(above, n, out.numerator);
  return status == Status::kOk ? raise(below, n, out.denominator) : status;
}

// Of a rational number that is a perfect power; opaque otherwise.
Status Field::root(const MathExpression& expression, Fraction& out) {
  Fraction radicand(context_), index(context_);
  Status status = evaluate(expression.children[0], radicand);
  if (status == Status::kOk) status = evaluate(expression.children[1], index);
  if (status != Status::kOk) return status;
  const auto n = small_integer(index);
  Rational value;
  if (!n || *n < 1 || *n > 64 || !rational(radicand, value) ||
      (fmpq_sgn(value.value) < 0 && *n % 2 == 0))
    return opaque(expression, out);
  const auto bits = static_cast<int64_t>(fmpq_height_bits(value.value));
  if (!work_.spend(8 + bits * bits / 4096)) return Status::kTooMuch;
  const bool exact = fmpz_root(fmpq_numref(value.value), fmpq_numref(value.value), *n) != 0 &&
                     fmpz_root(fmpq_denref(value.value), fmpq_denref(value.value), *n) != 0;
  return exact ? constant(value, out) : opaque(expression, out);
}

Status Field::factorial(const MathExpression& expression, Fraction& out) {
  Fraction argument(context_);
  const Status status = evaluate(expression.children[0], argument);
  if (status != Status::kOk) return status;
  const auto n = small_integer(argument);
  if (!n || *n < 0 || *n > 2000) return opaque(expression, out);
  if (!work_.spend(1 + *n * *n / 64)) return Status::kTooMuch;
  Rational value;
  fmpz_fac_ui(fmpq_numref(value.value), static_cast<ulong>(*n));
  return constant(value, out);
}

std::string Field::name_of(const Fraction& value) const {
  return taken(fmpq_mpoly_get_str_pretty(value.numerator.value, nullptr, ctx())) + '/' +
         taken(fmpq_mpoly_get_str_pretty(value.denominator.value, nullptr, ctx()));
}

// An indeterminate of its own, named by what it is applied to in normal form.
Status Field::opaque(const MathExpression& expression, Fraction& out) {
  std::string name = std::to_string(static_cast<int>(expression.kind)) + expression.text;
  for (const MathExpression& child : expression.children) {
    Fraction argument(context_);
    if (const Status status = evaluate(child, argument); status != Status::kOk) return status;
    const slong terms = fmpq_mpoly_length(argument.numerator.value, ctx());
    if (!work_.spend(1 + 64 * terms)) return Status::kTooMuch;  // before they are printed
    name += '|' + name_of(argument);
  }
  opaque_ = true;
  return generator(name, out);
}

Status Field::evaluate(const MathExpression& expression, Fraction& out) {
  switch (expression.kind) {
    case MathKind::kNumber: {
      const auto fraction = fraction_of_numeral(expression.text);
      Rational value;
      if (!fraction || fmpq_set_str(value.value, fraction->c_str(), 10) != 0)
        return Status::kTooMuch;
      return constant(value, out);
    }
    case MathKind::kSymbol:
      return generator("letter " + expression.text, out);
    case MathKind::kConstant:
      if (expression.text == "infinity") return Status::kTooMuch;
      return generator("constant " + expression.text, out);
    case MathKind::kAdd:
      return add(expression, out);
    case MathKind::kMultiply:
      return multiply_all(expression, out);
    case MathKind::kNegate: {
      const Status status = evaluate(expression.children[0], out);
      fmpq_mpoly_neg(out.numerator.value, out.numerator.value, ctx());
      return status;
    }
    case MathKind::kReciprocal: {
      Fraction value(context_);
      const Status status = evaluate(expression.children[0], value);
      reduce_i(value.numerator);
      if (status == Status::kOk && is_zero(value.numerator)) return Status::kUndefined;
      out.numerator = value.denominator;
      out.denominator = value.numerator;
      return status;
    }
    case MathKind::kPower:
      return power(expression, out);
    case MathKind::kRoot:
      return root(expression, out);
    case MathKind::kFunction:
      return expression.text == "factorial" ? factorial(expression, out) : opaque(expression, out);
    case MathKind::kApply:
      if (is_function_letter(expression.text)) return opaque(expression, out);
      return evaluate(product({MathKind::kSymbol, expression.text, {}}, expression.children[0]),
                      out);
    case MathKind::kRelation:
      return opaque(expression, out);
    default:
      return Status::kTooMuch;
  }
}

}  // namespace

ExactOutcome compare_exactly(const MathExpression& a, const MathExpression& b, MathWork& work) {
  Field field(work);
  Fraction left(field.context()), right(field.context());
  for (const auto& [expression, out] : {std::pair{&a, &left}, std::pair{&b, &right}}) {
    const Status status = field.evaluate(*expression, *out);
    if (status == Status::kUndefined) return ExactOutcome::kUndefined;
    if (status == Status::kTooMuch) return ExactOutcome::kUnknown;
  }
  Polynomial above(field.context()), below(field.context());
  if (field.cross(left, right, above, below) != Status::kOk) return ExactOutcome::kUnknown;
  if (fmpq_mpoly_equal(above.value, below.value, field.context().get()) != 0)
    return ExactOutcome::kEqual;
  return field.is_independent() ? ExactOutcome::kDifferent : ExactOutcome::kUnknown;
}

std::optional<int> constant_ratio_sign(const MathExpression& a, const MathExpression& b,
                                       MathWork& work) {
  Field field(work);
  const auto* ctx = field.context().get();
  Fraction left(field.context()), right(field.context());
  if (field.evaluate(a, left) != Status::kOk || field.evaluate(b, right) != Status::kOk)
    return std::nullopt;
  Polynomial above(field.context()), below(field.context());
  if (field.cross(left, right, above, below) != Status::kOk) return std::nullopt;
  if (field.is_zero(above) || field.is_zero(below)) return std::nullopt;
  // Proportional: their primitive integer parts are equal but for the sign.
  const int sign = fmpq_sgn(above.value->content) * fmpq_sgn(below.value->content);
  if (fmpz_mpoly_equal(above.value->zpoly, below.value->zpoly, ctx->zctx) == 0) return std::nullopt;
  return sign;
}

std::optional<std::string> rational_value(const MathExpression& expression, MathWork& work) {
  Field field(work);
  Fraction value(field.context());
  if (field.evaluate(expression, value) != Status::kOk) return std::nullopt;
  Rational number;
  if (!field.rational(value, number)) return std::nullopt;
  return taken(fmpq_get_str(nullptr, 10, number.value));
}

}  // namespace r1
