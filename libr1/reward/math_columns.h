// Columns of what is no matrix: systems, and functions by cases.
#pragma once

#include <cstddef>
#include <vector>

#include "libr1/reward/math_lexer.h"

namespace r1 {

// Puts a comma in place of each & in [begin, end) that parts a value from its condition ("1 & x >
// 0"), and drops those that only shape the print ("x &= 3"), those within matrices aside. "if" in
// front of a condition goes; a condition in words becomes a name ("otherwise"). Linear.
void resolve_columns(std::vector<MathToken>& tokens, size_t begin, size_t end);

}  // namespace r1
