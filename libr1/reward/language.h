// The share of a text's words that are of one language: the language-consistency reward of
// DeepSeek-R1 (Nature, equation 7),
//   reward = Num(words of the target language) / Num(words)    over the thoughts.
// The paper does not say what a word is. Here:
// - A maximal run of letters of one alphabetic script is a word; marks and an apostrophe between
//   letters belong to it. Each Han character and each kana is a word of its own; a run of Hangul
//   is one word. Where the script changes inside a run, one word ends and another begins.
// - A single Latin or Greek letter next to no letter of another alphabet is a variable: no word.
// - Digits, punctuation, operators, and notation as listed in prose.h are no words. In notation,
//   too, letters of other scripts than Latin and Greek make words.
// - A word is of the target language when its script is one of that language's, unless it stands in
//   at least 40 words (and 200 bytes) on end that CLD2 reliably takes for another language of the
//   same script. Shorter passages in a language of the same script go unnoticed.
#pragma once

#include <cstdint>
#include <string_view>

namespace r1 {

struct LanguageCount {
  int64_t words = 0, target = 0, other = 0;  // words = target + other

  // In 0..1. A text without words is in no wrong language: 1. Who would not pay for wordless
  // thoughts looks at `words` as well.
  double share() const {
    return words == 0 ? 1.0 : static_cast<double>(target) / static_cast<double>(words);
  }
};

// Whether count_language knows the scripts of this ISO 639-1 code ("en", "zh"; in small letters).
bool is_known_language(std::string_view language);

// Fault::kInput for a language that is not known, and nothing else: bytes that are not UTF-8 are
// passed over. Linear in the text; the same text gives the same counts.
LanguageCount count_language(std::string_view text, std::string_view language);

// Words of the target language and others stand side by side.
inline bool is_mixed(const LanguageCount& count) { return count.target > 0 && count.other > 0; }

}  // namespace r1
