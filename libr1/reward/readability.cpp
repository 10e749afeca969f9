#include "libr1/reward/readability.h"

#include <xxhash.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "libr1/reward/white_space.h"

namespace r1 {
namespace {

constexpr size_t kRun = 8;  // words

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const size_t end = std::min(text.find_first_of(kWhiteSpace), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

double repetition_of(const std::vector<std::string_view>& words) {
  if (words.size() < kRun) return 0;
  std::unordered_set<uint64_t> seen;
  int64_t repeated = 0;
  for (size_t i = 0; i + kRun <= words.size(); ++i) {
    uint64_t hash = 0;
    for (size_t j = i; j < i + kRun; ++j)
      hash = XXH3_64bits_withSeed(words[j].data(), words[j].size(), hash);
    repeated += !seen.insert(hash).second;
  }
  return static_cast<double>(repeated) / static_cast<double>(words.size() - kRun + 1);
}

}  // namespace

Readability measure_readability(std::string_view text) {
  Readability result;
  result.repetition = repetition_of(words_of(text));
  result.code_block = text.find("```") != text.npos;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    result.longest_paragraph = std::max(result.longest_paragraph,
                                        static_cast<int64_t>(words_of(text.substr(0, end)).size()));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return result;
}

}  // namespace r1
