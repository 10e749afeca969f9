// GPT-2's spelling of bytes: each of the 256 bytes is written as one printable character, so that
// a vocabulary of strings can hold any bytes. A space is U+0120, a line feed U+010A.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace r1::tokenizer {

char32_t byte_to_char(uint8_t byte);
int char_to_byte(char32_t c);  // -1 when no byte is written so

std::string bytes_to_chars(std::string_view bytes);
// Appends the bytes that valid text `token` spells; the token itself when any of its characters
// spells no byte (an added token).
void append_bytes_of(std::string& bytes, std::string_view token);

}  // namespace r1::tokenizer
