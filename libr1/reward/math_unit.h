// Units of measurement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace r1 {

struct MathUnit {
  std::string dimension;  // "length^2", "time", "percent", "money", ...
  // One of it in the dimension's own unit: the product of these over the product of those.
  std::vector<int64_t> multipliers, divisors;
};

// "cm", "square inches", "km/h", "m s^-2", "%", "degree"; nothing for words that are no known unit
// ("apples"), which an answer may have or leave out.
std::optional<MathUnit> unit_of(const std::string& name);

}  // namespace r1
