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

// "cm", "square inches", "km/h", "cm^2", "%", "degree"; nothing for words that are no known unit
// ("apples"), which an answer may have or leave out.
std::optional<MathUnit> unit_of(const std::string& name);

// thousand, million, 万, ...: the digits of what it multiplies by.
std::optional<std::string_view> scale_word(std::string_view word);

}  // namespace r1
