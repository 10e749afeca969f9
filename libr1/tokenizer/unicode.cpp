#include "libr1/tokenizer/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "libr1/core/error.h"

namespace r1::tokenizer {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

uint8_t byte_at(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

struct Lead {
  int length = 0;  // 0: not the first byte of a character
  uint8_t second_low = 0x80;
  uint8_t second_high = 0xBF;
};

Lead lead_of(uint8_t b) {
  if (b < 0x80) return {1};
  if (b < 0xC2) return {0};
  if (b < 0xE0) return {2};
  if (b == 0xE0) return {3, 0xA0, 0xBF};
  if (b == 0xED) return {3, 0x80, 0x9F};
  if (b < 0xF0) return {3};
  if (b == 0xF0) return {4, 0x90, 0xBF};
  if (b < 0xF4) return {4};
  if (b == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

struct Scan {
  int length;     // bytes of the character, or of the malformed part
  bool complete;  // a whole, well-formed character
  bool cut;       // well-formed as far as it goes, but the text ends
};

Scan scan(std::string_view text, size_t at) {
  const Lead lead = lead_of(byte_at(text, at));
  if (lead.length == 0) return {1, false, false};
  for (int i = 1; i < lead.length; ++i) {
    if (at + i == text.size()) return {i, false, true};
    const uint8_t b = byte_at(text, at + i);
    const bool good = i == 1 ? b >= lead.second_low && b <= lead.second_high : (b & 0xC0) == 0x80;
    if (!good) return {i, false, false};
  }
  return {lead.length, true, false};
}

size_t ascii_prefix(std::string_view text) {
  size_t at = 0;
  for (uint64_t word; at + 8 <= text.size(); at += 8) {
    std::memcpy(&word, text.data() + at, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

std::vector<utf8proc_int32_t> decomposed(std::string_view text, utf8proc_option_t options) {
  constexpr utf8proc_ssize_t kMost = 32;  // the longest decomposition has 18 characters
  std::vector<utf8proc_int32_t> chars;
  chars.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    at += c.length;
    std::array<utf8proc_int32_t, kMost> parts;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.value), parts.data(),
                                               kMost, options, nullptr);
    R1_CHECK(count >= 0 && count <= kMost, "cannot decompose the character ",
             static_cast<uint32_t>(c.value), ": ", utf8proc_errmsg(count));
    chars.insert(chars.end(), parts.begin(), parts.begin() + count);
  }
  return chars;
}

// Canonical order: each run of combining marks by class, equals as they stand. (utf8proc's own
// sort is quadratic in the length of a run.)
void sort_marks(std::vector<utf8proc_int32_t>& chars) {
  const auto class_of = [](utf8proc_int32_t c) {
    return c < 0x300 ? 0 : utf8proc_get_property(c)->combining_class;
  };
  const auto is_mark = [&](utf8proc_int32_t c) { return class_of(c) != 0; };
  auto at = chars.begin();
  while ((at = std::find_if(at, chars.end(), is_mark)) != chars.end()) {
    const auto end = std::find_if_not(at, chars.end(), is_mark);
    std::stable_sort(at, end, [&](auto a, auto b) { return class_of(a) < class_of(b); });
    at = end;
  }
}

bool between(char32_t c, char32_t low, char32_t high) { return c >= low && c <= high; }

}  // namespace

Char char_at(std::string_view text, size_t at) {
  const uint8_t b = byte_at(text, at);
  const auto next = [&](int i) { return char32_t{byte_at(text, at + i)} & 0x3F; };
  if (b < 0x80) return {b, 1};
  if (b < 0xE0) return {(char32_t{b} & 0x1F) << 6 | next(1), 2};
  if (b < 0xF0) return {(char32_t{b} & 0x0F) << 12 | next(1) << 6 | next(2), 3};
  return {(char32_t{b} & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4};
}

Char char_before(std::string_view text, size_t end) {
  size_t at = end - 1;
  while (at > 0 && (byte_at(text, at) & 0xC0) == 0x80) --at;
  return char_at(text, at);
}

void append_utf8(std::string& text, char32_t c) {
  const auto push = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto tail = [&](int shift) { push(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) return push(c);
  if (c < 0x800) {
    push(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    push(0xE0 | c >> 12), tail(6);
  } else {
    push(0xF0 | c >> 18), tail(12), tail(6);
  }
  tail(0);
}

bool is_valid_utf8(std::string_view text) {
  size_t at = ascii_prefix(text);
  while (at < text.size()) {
    const Scan next = scan(text, at);
    if (!next.complete) return false;
    at += next.length;
    if (at < text.size() && byte_at(text, at) < 0x80) at += ascii_prefix(text.substr(at));
  }
  return true;
}

size_t append_lossy(std::string& text, std::string_view bytes, bool final) {
  size_t at = 0;
  while (at < bytes.size()) {
    const Scan next = scan(bytes, at);
    if (next.cut && !final) return at;
    text += next.complete ? bytes.substr(at, next.length) : kReplacement;
    at += next.length;
  }
  return at;
}

bool is_whitespace(char32_t c) {
  if (c < 0x80) return c == ' ' || between(c, 0x09, 0x0D);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || between(c, 0x2000, 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_numeric(char32_t c) {
  if (c < 0x80) return between(c, '0', '9');
  const auto cat = category(c);
  return cat == UTF8PROC_CATEGORY_ND || cat == UTF8PROC_CATEGORY_NL || cat == UTF8PROC_CATEGORY_NO;
}

bool is_punctuation(char32_t c) {
  if (c < 0x80)
    return between(c, '!', '/') || between(c, ':', '@') || between(c, '[', '`') ||
           between(c, '{', '~');
  const auto cat = category(c);
  return cat >= UTF8PROC_CATEGORY_PC && cat <= UTF8PROC_CATEGORY_PO;
}

bool is_word(char32_t c) {
  const auto cat = category(c);
  if (cat >= UTF8PROC_CATEGORY_LU && cat <= UTF8PROC_CATEGORY_LO) return true;
  if (cat >= UTF8PROC_CATEGORY_MN && cat <= UTF8PROC_CATEGORY_ME) return true;
  if (cat == UTF8PROC_CATEGORY_ND || cat == UTF8PROC_CATEGORY_NL || cat == UTF8PROC_CATEGORY_PC)
    return true;
  // Join_Control, and the symbols that are Alphabetic: circled, squared and boxed Latin letters.
  return c == 0x200C || c == 0x200D || between(c, 0x24B6, 0x24E9) || between(c, 0x1F130, 0x1F149) ||
         between(c, 0x1F150, 0x1F169) || between(c, 0x1F170, 0x1F189);
}

void append_lowercase(std::string& text, char32_t c) {
  if (c == 0x130) {  // the one character whose lower case is two
    text += "i\xCC\x87";
    return;
  }
  append_utf8(text, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
}

std::string normal_form(std::string_view text, NormalForm form) {
  const bool composed = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  const bool compatible = form == NormalForm::kNfkc || form == NormalForm::kNfkd;
  // Characters below U+0300, whose first byte is 0xCC, are composed already.
  const uint8_t unchanged_below = form == NormalForm::kNfc ? 0xCC : 0x80;
  if (std::all_of(text.begin(), text.end(),
                  [&](char c) { return static_cast<uint8_t>(c) < unchanged_below; }))
    return std::string(text);
  const auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
      (compatible ? UTF8PROC_COMPAT : 0));
  std::vector<utf8proc_int32_t> chars = decomposed(text, options);
  sort_marks(chars);
  const auto length =
      utf8proc_normalize_utf32(chars.data(), static_cast<utf8proc_ssize_t>(chars.size()), options);
  R1_CHECK(length >= 0, "cannot normalise a text of ", text.size(),
           " bytes: ", utf8proc_errmsg(length));
  std::string result;
  result.reserve(text.size());
  for (utf8proc_ssize_t i = 0; i < length; ++i)
    append_utf8(result, static_cast<char32_t>(chars[i]));
  return result;
}

}  // namespace r1::tokenizer
