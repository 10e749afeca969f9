// Countdown: an expression that uses each given number exactly once and reaches the target.
#pragma once

#include <string_view>

#include "libr1/reward/verdict.h"

namespace r1 {

// reference: "24: 3 5 9", the target and the numbers, integers. answer: + - * / and parentheses
// with the usual precedence, exact fractions in between. Kind "unverifiable" for a reference of
// another form; answers longer than 1,000 characters are wrong unread.
Judgement verify_countdown(std::string_view reference, std::string_view answer);

}  // namespace r1
