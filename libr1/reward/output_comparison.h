// Compares what a program printed with what was expected.
#pragma once

#include <optional>
#include <string_view>

#include "libr1/reward/verdict.h"

namespace r1 {

// Token by token; white space only parts tokens. Tokens are equal as text or, with a tolerance, as
// finite decimal numbers that differ by at most tolerance * max(1, |expected|). The reason names
// the first difference and never shows what was expected.
Judgement compare_output(std::string_view expected, std::string_view found,
                         std::optional<double> tolerance);

}  // namespace r1
