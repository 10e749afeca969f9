// Decontamination: whether a training text shares n words on end with a benchmark's text. As
// DeepSeek-R1 does with n = 10 against questions and reference solutions (supplementary D.1).
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace r1 {

class NgramIndex {
 public:
  // n: words a match must have; at least 1, Fault::kInput otherwise.
  explicit NgramIndex(int n = 10);

  // Words are those of words.h: case, width and punctuation do not matter, each Han character is a
  // word. A text of fewer than n words is kept whole and matches only a text of the same words; one
  // without words matches nothing. n steps a word.
  void add(std::string_view text);

  // By 64-bit hashes: with 10 million entries, one in 10^12 n-grams matches by accident.
  bool overlaps(std::string_view text) const;

 private:
  int n_;
  std::unordered_set<uint64_t> ngrams_, whole_;
};

}  // namespace r1
