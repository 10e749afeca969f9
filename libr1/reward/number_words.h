// Words behind a number that make another number of it.
#pragma once

#include <optional>
#include <string_view>

namespace r1 {

// thousand, million, dozens, 万, ...: the digits of what it multiplies by.
std::optional<std::string_view> scale_word(std::string_view word);

// third, tenths, ...: the digits of what it divides by. Not "second" and "quarter": they are
// times and coins as well.
std::optional<std::string_view> part_word(std::string_view word);

// Any of these, and "squared", "factorial", "twenty", "half", "not": no unit, whatever the case.
bool changes_number(std::string_view word);

// Words that do so where no other follows them: "5 negative", but not "5 negative integers".
bool changes_number_as_last(std::string_view word);

}  // namespace r1
