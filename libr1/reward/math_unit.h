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

// "cm", "square inches", "km/h", "m s^-2", "%", "degree", whatever words follow ("cm^2 of paper");
// nothing for words that begin with no known unit ("apples"), which an answer may have or leave
// out.
std::optional<MathUnit> unit_of(const std::string& name);

// Whether one dimension is that of degrees, the other a temperature's: 25 degrees of what the other
// side names.
bool same_degrees(std::string_view a, std::string_view b);

// "km north" and "km south", "units left" and "units right", whether units are known or not.
bool say_opposites(std::string_view a, std::string_view b);

}  // namespace r1
