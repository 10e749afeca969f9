// Answers in words, as texts that can be compared.
#pragma once

#include <span>
#include <string>

#include "libr1/reward/math_lexer.h"

namespace r1 {

// Words in small letters, numbers, letters with their case and their marks, signs, and what parts
// values: "center (1,-2)". Hyphens, quotes and stops between words are left off. Linear.
std::string words_of(std::span<const MathToken> tokens);

}  // namespace r1
