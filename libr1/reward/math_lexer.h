// Cuts a formula, LaTeX or plain, into tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libr1/reward/math_vocabulary.h"

namespace r1 {

// What a comma between digits is, where it may be more than one thing: "1,234" or "1,5".
enum class CommaReading { kThousands, kList, kDecimal };

struct MathToken {
  MathTokenKind kind = MathTokenKind::kEnd;
  std::string text;
  bool spaced = false;  // white space before it
};

struct MathTokens {
  std::vector<MathToken> tokens;  // ends with one of kind kEnd
  bool digit_commas = false;      // a comma between two digits: other readings may differ
  std::string error;              // what could not be read; empty when all was
};

// Linear in the text. Money signs in front are marks "\\$"; a lone $ is dropped, like everything
// that only shapes the print. Numerals longer than kMaxMathDigits are an error.
MathTokens lex_math(std::string_view text, CommaReading reading);

}  // namespace r1
