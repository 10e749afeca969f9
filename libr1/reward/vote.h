// What an answer votes for, where the majority of several samples is asked.
#pragma once

#include <string>
#include <string_view>

#include "libr1/reward/reward.h"

namespace r1 {

// Answers that are the same to the verifier have one text: all that are equal to the reference,
// letters and numbers however they are written, formulas that Minerva's normalisation makes equal
// (math_strings.h); wrong formulas that only mathematics makes equal have several. Where different
// answers may be right (programs, countdown, replies, what a model judges), each text stands for
// itself. Empty for an empty answer, which does not vote.
std::string vote_of(const Task& task, std::string_view answer, Verdict verdict);

}  // namespace r1
