// Characters of UTF-8 text by the script they are written in. Scripts are told by Unicode blocks
// and general categories (utf8proc), which is coarser than the Script property: a letter outside
// the blocks listed in script.cpp is kOther.
#pragma once

#include <cstdint>
#include <string_view>

namespace r1 {

enum class Script : uint8_t {
  kNone,  // no letter
  kLatin,
  kGreek,
  kCyrillic,
  kArmenian,
  kHebrew,
  kArabic,
  kDevanagari,
  kBengali,
  kGurmukhi,
  kGujarati,
  kOriya,
  kTamil,
  kTelugu,
  kKannada,
  kMalayalam,
  kSinhala,
  kThai,
  kLao,
  kTibetan,
  kMyanmar,
  kGeorgian,
  kEthiopic,
  kKhmer,
  kMongolian,
  kBopomofo,
  kHangul,
  kKana,
  kHan,
  kOther,  // letters of any other script
};

// A set of scripts, a bit each.
using ScriptSet = uint32_t;
constexpr ScriptSet script_bit(Script script) { return ScriptSet{1} << static_cast<int>(script); }

// Han and kana, whose words are not parted by spaces: each character stands for a word.
constexpr bool is_a_word_each(Script script) {
  return script == Script::kHan || script == Script::kKana;
}

enum class CharKind : uint8_t {
  kLetter,   // L*, and 〇
  kMark,     // M*, joiners, and the long-vowel sign of kana: part of the word before
  kNumber,   // N*
  kSpace,    // ASCII white space, Z*
  kOther,    // punctuation, operators, controls
  kInvalid,  // a byte that is part of no well-formed character
};

struct ScriptChar {
  char32_t value = 0;
  uint8_t bytes = 1;
  CharKind kind = CharKind::kInvalid;
  Script script = Script::kNone;  // of letters
};

// The character at text[at]; at < text.size(). Letters of mathematical alphabets, letter-like
// symbols and ordinals (𝑥, ℝ, ª) are kOther: they are notation in any language.
ScriptChar script_char_at(std::string_view text, size_t at);

}  // namespace r1
