// Values of formulas as balls: rigorous enclosures in the complex plane (Arb).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_work.h"

namespace r1 {

class Ball {
 public:
  Ball();
  ~Ball();
  Ball(Ball&&) noexcept;
  Ball& operator=(Ball&&) noexcept;

  bool contains_zero() const;
  bool is_real() const;       // exactly: the imaginary part is 0 and nothing else
  int sign() const;           // of the real part: -1 or 1, 0 when the ball holds both or 0
  double upper_log2() const;  // of the absolute value; -infinity for exactly 0
  Ball minus(const Ball& other, int64_t precision) const;
  // The integer nearest to 10^places times the real part; empty when the ball holds several.
  std::string rounded(int places, int64_t precision) const;

  struct Value;
  Value& value() { return *value_; }
  const Value& value() const { return *value_; }

 private:
  std::unique_ptr<Value> value_;
};

enum class BallStatus {
  kFinite,
  kHuge,       // real and above 2^(2^30): a tower of powers
  kUndefined,  // a division by 0, infinity, a function without a value here
  kTooMuch,    // beyond the work's budget
};

// Letters have the rational values of `point` ("3/4"). Odd roots and powers p/q with odd q of
// negative numbers are real; other roots and powers are the principal ones. log is natural.
BallStatus evaluate_ball(const MathExpression& expression,
                         const std::map<std::string, std::string>& point, int64_t precision,
                         MathWork& work, Ball& out);

}  // namespace r1
