// Finds the final answer in a response.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "libr1/config/field.h"

namespace r1 {

enum class Extraction {
  kAnswerTag,  // what the only <answer> ... </answer> holds, after the thoughts
  kBoxed,      // the last \boxed{...} after the thoughts
  kHash,       // what follows the last #### after the thoughts, in its line (GSM8K's references)
  // For evaluation, never for rewards:
  kLastNumber,   // the last number anywhere
  kStatement,    // what "the answer is" says after the thoughts, see loose_extraction.h
  kLastFormula,  // the last formula in LaTeX's delimiters after the thoughts
  kAny,          // the first that is there: box or statement, formula or number, all of the text
};
std::span<const EnumName<Extraction>> enum_names(Extraction);

// A view into `response`, without white space around; nothing when there is no answer in the form
// asked for, or the thoughts, begun by <think> or by the prompt (thoughts_open), never end. Linear
// in the response.
std::optional<std::string_view> extract_answer(Extraction extraction, std::string_view response,
                                               bool thoughts_open = false);

}  // namespace r1
