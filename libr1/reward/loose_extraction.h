// Finds an answer in free text: for evaluation, never for rewards.
#pragma once

#include <optional>
#include <string_view>

namespace r1 {

// Views into `text`, without white space around; linear.

// What follows the last "answer is", "answer:", 答案是, 答案为 or 答案： up to the end of its
// sentence; where that is a sentence of its own, the last value in it.
std::optional<std::string_view> stated_answer(std::string_view text);

// The last $...$, $$...$$, \(...\) or \[...\], with those before it that "and", "or" and commas
// join to it.
std::optional<std::string_view> last_formula(std::string_view text);

// The later of a stated answer and what the last \boxed{} holds (several shortly after one another
// stay as they are, boxes and all; words alone, as in "our answer is correct", are no stated answer
// where there is a box); else a text that is one formula; else the later of the last formula and
// the last number; else the text.
std::optional<std::string_view> any_answer(std::string_view text);

}  // namespace r1
