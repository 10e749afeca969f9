// What rejection sampling looks at in a response beside its answer: DeepSeek-R1 keeps readable
// thoughts, without mixed languages (language.h), repetition, long paragraphs and code blocks
// (supplementary B.3). The paper prints no measures and no thresholds; these measures are ours.
#pragma once

#include <cstdint>
#include <string_view>

namespace r1 {

struct Readability {
  double repetition = 0;          // share of the 8-grams that occurred before in the text, 0..1
  int64_t longest_paragraph = 0;  // words
  bool code_block = false;        // a line begins with ``` or ~~~, closed or not
};

// Words are those of words.h, so each Han character is one. Paragraphs are parted by lines of
// nothing but white space. A text of fewer than 8 words repeats nothing. Any bytes will do. Linear.
Readability measure_readability(std::string_view text);

}  // namespace r1
