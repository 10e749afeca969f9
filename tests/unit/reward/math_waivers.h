// Cases of the Math-Verify suite whose verdict is another here, each with the reason. MATH.md lists
// them for users.
#pragma once

#include <string_view>

namespace r1 {

struct MathWaiver {
  std::string_view id, reason;
};

inline constexpr MathWaiver kMathWaivers[] = {
    {"mv-dev-127", "upstream takes 1 + 1/e for 1 - 1/e, by a slip of its parser"},
};

}  // namespace r1
