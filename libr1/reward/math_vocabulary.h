// The words of formulas: what a LaTeX command or a run of letters is to the lexer.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace r1 {

enum class MathTokenKind : uint8_t {
  kEnd,
  kNumber,    // as MathKind::kNumber
  kName,      // a letter or the name of one
  kWord,      // a word of two letters or more that is no product of letters
  kFunction,  // "sin", "max", ...
  kMark,      // operators, brackets, separators, relations: the text says which
  kCommand,   // takes braced arguments: "frac", "sqrt", "binom"
  kText,      // a command whose braces hold words
};

struct MathWord {
  MathTokenKind kind;
  std::string_view text;  // empty: the command only shapes the print
};

// Of a LaTeX command by its name without the backslash; nothing for a name that is not known.
std::optional<MathWord> command_word(std::string_view name);

// Of a run of ASCII letters outside of text; nothing when it is a product of single letters.
std::optional<MathWord> letters_word(std::string_view letters);

// Whether a run of letters that letters_word calls a word may be a product all the same: "3mgR" has
// one directly behind a value. At most four letters, no unit, no word of the language.
bool may_be_product(std::string_view letters);

// What a command puts over letters, or in front of them: "bar", "arrow", "angle".
std::optional<std::string_view> mark_of_command(std::string_view name);

// Whether a command's argument is not printed: \\phantom, \\hspace, \\color.
bool is_unprinted(std::string_view name);

}  // namespace r1
