#include "libr1/reward/readability.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "libr1/reward/words.h"

namespace r1 {
namespace {

constexpr int kNgram = 8;

double repetition_of(const std::vector<HashedWord>& words) {
  const std::vector<uint64_t> ngrams = hashed_ngrams(words, kNgram);
  if (ngrams.empty()) return 0;
  const std::unordered_set<uint64_t> distinct(ngrams.begin(), ngrams.end());
  return static_cast<double>(ngrams.size() - distinct.size()) / static_cast<double>(ngrams.size());
}

}  // namespace

Readability measure_readability(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\v\f";
  const std::vector<HashedWord> words = hashed_words(text);
  Readability result{repetition_of(words)};
  auto word = words.begin();
  int64_t paragraph = 0;
  for (size_t begin = 0, end; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    result.code_block |= line.starts_with("```") || line.starts_with("~~~");
    if (line.empty()) paragraph = 0;
    for (; word != words.end() && word->begin < end; ++word) ++paragraph;
    result.longest_paragraph = std::max(result.longest_paragraph, paragraph);
  }
  return result;
}

}  // namespace r1
