// What makes a response unreadable, as rejection sampling measures it (DeepSeek-R1, section 2.3.3
// and supplement B.3: no repetition, no long paragraphs, no code blocks in the thoughts).
#pragma once

#include <cstdint>
#include <string_view>

namespace r1 {

struct Readability {
  double repetition = 0;  // share of the text's runs of 8 words that occurred in it before, 0 to 1
  int64_t longest_paragraph = 0;  // words, between blank lines
  bool code_block = false;        // holds ```
};

// Words are parted by white space. Linear in the text.
Readability measure_readability(std::string_view text);

}  // namespace r1
