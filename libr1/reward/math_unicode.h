// Signs of mathematics beyond ASCII.
#pragma once

#include <string>
#include <string_view>

namespace r1 {

// A copy in which ×, ≤, √, π, ², ½, full-width forms and their like are written in ASCII or as
// LaTeX commands; letters of other scripts, and bytes that are not UTF-8, stay. Signs that cannot
// be seen are dropped; spaces of every width become one. Linear.
std::string ascii_formula(std::string_view text);

}  // namespace r1
