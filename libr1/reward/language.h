// Which language the words of a text are in: the language-consistency reward of DeepSeek-R1
// (Nature 645, 2025, equation 7), Num(words of the target language) / Num(words), over the
// thoughts.
#pragma once

#include <cstdint>
#include <string_view>

namespace r1 {

struct LanguageCount {
  int64_t words = 0, target = 0;
  double share() const {  // 0 without words
    return words > 0 ? static_cast<double>(target) / static_cast<double>(words) : 0;
  }
  bool mixed() const { return target > 0 && target < words; }
};

// The paper does not say what a word is. Here it is a run of at least two letters of one alphabet,
// or one Han, kana or Hangul character; a letter alone is a variable. Not words: digits, signs,
// <tags>, LaTeX ($...$, \(...\), \[...\], \commands), code between backticks. A run that changes
// its script is a word of each. `language` is an ISO 639-1 code; a word is of the target language
// when it is of the language's script. Bytes that are no UTF-8 are passed over. Linear in the text.
LanguageCount count_language(std::string_view text, std::string_view language);

}  // namespace r1
