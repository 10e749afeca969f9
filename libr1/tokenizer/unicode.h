// UTF-8 and the few facts about characters that tokenizers ask for. "Valid" text holds only
// well-formed UTF-8 (no surrogates, nothing above U+10FFFF).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace r1::tokenizer {

struct Char {
  char32_t value = 0;
  int length = 1;  // bytes
};

// The character that starts at text[at]; the text is valid and at < text.size().
Char char_at(std::string_view text, size_t at);
// The character that ends at text[end - 1]; the text is valid and end > 0.
Char char_before(std::string_view text, size_t end);
void append_utf8(std::string& text, char32_t value);

bool is_valid_utf8(std::string_view text);
// Appends `bytes` as valid text: U+FFFD for each maximal malformed part (Unicode 3.9, table 3-8).
// Returns how many bytes were used: unless `final`, the start of a character at the very end is
// left for later.
size_t append_lossy(std::string& text, std::string_view bytes, bool final);

bool is_whitespace(char32_t c);   // White_Space
bool is_numeric(char32_t c);      // Nd, Nl, No
bool is_punctuation(char32_t c);  // ASCII punctuation, or P*
bool is_word(char32_t c);         // Alphabetic, M*, Nd, Pc, Join_Control: \w of Rust's regex
// Full lower case of one character, regardless of its neighbours.
void append_lowercase(std::string& text, char32_t c);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };
std::string normal_form(std::string_view text, NormalForm form);

}  // namespace r1::tokenizer
