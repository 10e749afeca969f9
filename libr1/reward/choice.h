// Multiple choice: an answer is a letter.
#pragma once

#include <optional>
#include <string_view>

#include "libr1/reward/verdict.h"

namespace r1 {

// The capital letter that a text stands for: "B", "b", "(B)", "B.", "B. Paris", "**B**", "Answer:
// B", "The correct option is (B)", "\text{B}", "Ｂ", "（B）", "答案是B", "选B". Nothing for a text
// that names several letters, or says more before the letter than these words. Linear in the text.
std::optional<char> parse_choice(std::string_view text);

// A reference that is no letter gives kUnverifiable.
Judgement verify_choice(std::string_view reference, std::string_view answer);

}  // namespace r1
