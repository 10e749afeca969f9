// Stretches of LaTeX that are taken as a whole: braces, gaps, letters under a mark.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace r1 {

// Behind the brace that closes the one at `open`; npos when none does. \{ and \} are print.
size_t behind_braces(std::string_view text, size_t open);

// The brace that stands at `at`, white space aside; npos when something else does.
size_t brace_at(std::string_view text, size_t at);

// Bytes of "[4pt]" in front, the gap behind the end of a row; 0 for everything else, "[1,2]" too.
size_t row_gap(std::string_view text);

// The name of letters that carry a mark: "bar x", "arrow AB", "angle ABC"; nothing when there is
// more than letters. An arrow over one letter, and a hat over i, j or k, are the letter's usual
// dress and left off.
std::optional<std::string> marked_name(std::string_view mark, std::string_view covered);

}  // namespace r1
