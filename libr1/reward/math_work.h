// Work of one comparison, counted and bounded: the same verdict on every machine.
#pragma once

#include <cstdint>

namespace r1 {

// The budgets. Texts, nesting and numerals beyond theirs are not read.
inline constexpr int64_t kMaxMathBytes = 20000;         // of a text
inline constexpr int64_t kMaxMathNesting = 300;         // a bracket takes three levels, a sign one
inline constexpr int64_t kMaxMathDigits = 5000;         // of a numeral
inline constexpr int64_t kMaxMathBits = 32768;          // of an exact number, and of a ball
inline constexpr int64_t kMaxMathOperations = 1000000;  // words of 64 bits touched, roughly

class MathWork {
 public:
  // Counts n operations; false, and nothing is counted, when they are more than are left.
  [[nodiscard]] bool spend(int64_t n) {
    if (n > left()) {
      exhausted_ = true;
      return false;
    }
    operations_ += n;
    return true;
  }
  // Puts n operations aside, out of reach of spend() until they are given back; a refusal in
  // between is forgotten then.
  void put_aside(int64_t n) { limit_ -= n; }
  void give_back(int64_t n) {
    limit_ += n;
    exhausted_ = false;
  }
  int64_t left() const { return limit_ - operations_; }
  void use_bits(int64_t bits) { bits_ = bits > bits_ ? bits : bits_; }

  int64_t operations() const { return operations_; }
  int64_t bits() const { return bits_; }  // of the largest ball or exact number
  bool exhausted() const { return exhausted_; }

 private:
  int64_t operations_ = 0, bits_ = 0, limit_ = kMaxMathOperations;
  bool exhausted_ = false;
};

}  // namespace r1
