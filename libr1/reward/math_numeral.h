// Numerals as exact fractions.
#pragma once

#include <optional>
#include <string>

namespace r1 {

// A numeral as MathKind::kNumber writes it ("12", "0.5", "0.1(6)", "1.5e-3") as a fraction of
// integers: "1/6". Nothing when it has more than kMaxMathBits bits.
std::optional<std::string> fraction_of_numeral(const std::string& numeral);

}  // namespace r1
