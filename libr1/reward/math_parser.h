// Reads a formula, LaTeX or plain, into a tree.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libr1/reward/math_expression.h"
#include "libr1/reward/math_lexer.h"

namespace r1 {

struct MathReading {
  std::optional<MathExpression> expression;
  std::string error;          // why there is none
  bool digit_commas = false;  // see MathTokens
};

// A text of words alone is read as kText, one answer among many (", ; and or") as kList, "x = 5" as
// kRelation. Linear in the text; at most kMaxMathNesting levels deep. factors: letters that are
// quantities and no functions, so that "P(1+r)" is a product.
MathReading read_math(std::string_view text, CommaReading reading,
                      std::span<const std::string> factors = {});

}  // namespace r1
