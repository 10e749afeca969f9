#include "libr1/reward/math_root_bound.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "libr1/reward/math_normal_form.h"
#include "libr1/reward/math_numeral.h"

namespace r1 {
namespace {

// log2 of the paper's u and l, both at least 0.
struct Bounds {
  double u = 0, l = 0;
};

constexpr double kMaxDegreeLog2 = 40;

class RootBound {
 public:
  std::optional<Bounds> of(const MathExpression& e) {
    switch (e.kind) {
      case MathKind::kNumber:
        return of_number(e.text);
      case MathKind::kConstant:
        if (e.text != "i") return std::nullopt;
        count_radical("i", 2);
        return Bounds{};
      case MathKind::kAdd:
      case MathKind::kMultiply:
        return of_many(e);
      case MathKind::kNegate:
        return of(e.children[0]);
      case MathKind::kReciprocal: {
        const auto child = of(e.children[0]);
        if (!child) return std::nullopt;
        return Bounds{child->l, child->u};
      }
      case MathKind::kPower:
        return of_power(e);
      case MathKind::kRoot: {
        const auto index = integer(e.children[1]);
        const auto child = of(e.children[0]);
        if (!child || !index || *index < 1) return std::nullopt;
        return root(*child, *index, key_of(e));
      }
      default:
        return std::nullopt;
    }
  }
  double degree_log2() const { return degree_log2_; }

 private:
  void count_radical(const std::string& key, double degree) {
    if (radicals_.insert(key).second) degree_log2_ += std::log2(degree);
  }

  std::optional<double> integer(const MathExpression& e) {
    MathWork work;
    const auto value = rational_value(e, work);
    if (!value || value->find('/') != value->npos || value->size() > 9) return std::nullopt;
    return std::stod(*value);
  }

  // Digits bound the logarithm: log2(10) < 3.33.
  std::optional<Bounds> of_number(const std::string& numeral) {
    const auto fraction = fraction_of_numeral(numeral);
    if (!fraction) return std::nullopt;
    const size_t slash = std::min(fraction->find('/'), fraction->size());
    const auto log2_of = [](const std::string& digits) {
      return digits.size() < 16 ? std::max(0.0, std::log2(std::stod(digits) + 1e-9))
                                : 3.33 * static_cast<double>(digits.size());
    };
    Bounds result{log2_of(fraction->substr(0, slash))};
    if (slash < fraction->size()) result.l = log2_of(fraction->substr(slash + 1));
    return result;
  }

  std::optional<Bounds> of_many(const MathExpression& e) {
    std::optional<Bounds> result = of(e.children[0]);
    for (size_t i = 1; i < e.children.size() && result; ++i) {
      const auto next = of(e.children[i]);
      if (!next) return std::nullopt;
      result->u = e.kind == MathKind::kAdd ? std::max(result->u + next->l, result->l + next->u) + 1
                                           : result->u + next->u;
      result->l += next->l;
    }
    return result;
  }

  std::optional<Bounds> of_power(const MathExpression& e) {
    MathWork work;
    const auto value = rational_value(e.children[1], work);
    auto base = of(e.children[0]);
    if (!base || !value || value->size() > 12) return std::nullopt;
    const size_t slash = value->find('/');
    double exponent = std::stod(value->substr(0, slash));
    if (exponent < 0) std::swap(base->u, base->l);
    exponent = std::abs(exponent);
    const Bounds raised{base->u * exponent, base->l * exponent};
    if (slash == value->npos) return raised;
    return root(raised, std::stod(value->substr(slash + 1)), key_of(e));
  }

  std::optional<Bounds> root(const Bounds& child, double index, const std::string& key) {
    count_radical(key, index);
    if (child.u >= child.l) return Bounds{(child.u + (index - 1) * child.l) / index, child.l};
    return Bounds{child.u, ((index - 1) * child.u + child.l) / index};
  }

  std::set<std::string> radicals_;
  double degree_log2_ = 0;
};

}  // namespace

std::optional<double> root_bound_bits(const MathExpression& expression) {
  RootBound bound;
  const auto bounds = bound.of(expression);
  if (!bounds || bound.degree_log2() > kMaxDegreeLog2) return std::nullopt;
  const double degree = std::exp2(bound.degree_log2());
  // A little more, for the rounding of the doubles.
  return 8 + 1.000001 * (bounds->l + (degree * degree - 1) * bounds->u);
}

}  // namespace r1
