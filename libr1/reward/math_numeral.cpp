#include "libr1/reward/math_numeral.h"

#include <gmpxx.h>

#include "libr1/reward/math_work.h"

namespace r1 {
namespace {

mpz_class power_of_ten(unsigned long exponent) {
  mpz_class power;
  mpz_ui_pow_ui(power.get_mpz_t(), 10, exponent);
  return power;
}

}  // namespace

std::optional<std::string> fraction_of_numeral(const std::string& numeral) {
  const size_t e = numeral.find('e');
  std::string digits = numeral.substr(0, e), repeating;
  if (const size_t open = digits.find('('); open != digits.npos) {
    repeating = digits.substr(open + 1, digits.size() - open - 2);
    digits.erase(open);
  }
  unsigned long places = 0;
  if (const size_t point = digits.find('.'); point != digits.npos) {
    places = digits.size() - point - 1;
    digits.erase(point, 1);
  }
  mpq_class value(mpz_class(digits.empty() ? "0" : digits, 10), power_of_ten(places));
  value.canonicalize();
  if (!repeating.empty()) {
    mpq_class tail(mpz_class(repeating, 10),
                   power_of_ten(places) * (power_of_ten(repeating.size()) - 1));
    tail.canonicalize();
    value += tail;
  }
  if (e != numeral.npos) {
    const std::string exponent = numeral.substr(e + 1);
    if (exponent.size() > 5) return std::nullopt;
    const long power = std::stol(exponent);
    if (power > kMaxMathBits / 4 || power < -kMaxMathBits / 4) return std::nullopt;
    const mpz_class ten = power_of_ten(static_cast<unsigned long>(power < 0 ? -power : power));
    value = power < 0 ? mpq_class(value / ten) : mpq_class(value * ten);
  }
  return value.get_str();
}

}  // namespace r1
