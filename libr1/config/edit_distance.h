// The nearest of some names, for "did you mean".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace r1 {

// Empty when nothing is within a third of the name's length (at least 2 edits).
std::string nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace r1
