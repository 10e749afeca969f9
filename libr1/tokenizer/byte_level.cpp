#include "libr1/tokenizer/byte_level.h"

#include <array>

#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

// Printable Latin-1 stands for itself; the others take the characters from U+0100 on, in order.
constexpr bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr auto kCharOfByte = [] {
  std::array<char32_t, 256> chars{};
  char32_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte)
    chars[byte] = stands_for_itself(byte) ? static_cast<char32_t>(byte) : next++;
  return chars;
}();

constexpr auto kByteOfChar = [] {
  std::array<int16_t, 0x144> bytes{};
  bytes.fill(-1);
  for (int byte = 0; byte < 256; ++byte) bytes[kCharOfByte[byte]] = static_cast<int16_t>(byte);
  return bytes;
}();

}  // namespace

char32_t byte_to_char(uint8_t byte) { return kCharOfByte[byte]; }

int char_to_byte(char32_t c) { return c < kByteOfChar.size() ? kByteOfChar[c] : -1; }

std::string bytes_to_chars(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_utf8(text, byte_to_char(static_cast<uint8_t>(byte)));
  return text;
}

void append_bytes_of(std::string& bytes, std::string_view token) {
  const size_t start = bytes.size();
  for (size_t at = 0; at < token.size();) {
    const Char c = char_at(token, at);
    const int byte = char_to_byte(c.value);
    if (byte < 0) {
      bytes.resize(start);
      bytes += token;
      return;
    }
    bytes += static_cast<char>(byte);
    at += c.length;
  }
}

}  // namespace r1::tokenizer
