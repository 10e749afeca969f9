#include "libr1/reward/ngram_index.h"

#include <algorithm>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/reward/words.h"

namespace r1 {
namespace {

// Of a text of 1 to n - 1 words.
uint64_t whole_hash(const std::vector<HashedWord>& words) {
  return hashed_ngrams(words, static_cast<int>(words.size())).front();
}

}  // namespace

NgramIndex::NgramIndex(int n) : n_(n) {
  R1_CHECK_INPUT(n >= 1, "decontamination by n-grams of ", n, " words; expected at least 1");
}

void NgramIndex::add(std::string_view text) {
  const std::vector<HashedWord> words = hashed_words(text);
  if (words.empty()) return;
  if (words.size() < static_cast<size_t>(n_)) {
    whole_.insert(whole_hash(words));
    return;
  }
  const std::vector<uint64_t> ngrams = hashed_ngrams(words, n_);
  ngrams_.insert(ngrams.begin(), ngrams.end());
}

bool NgramIndex::overlaps(std::string_view text) const {
  const std::vector<HashedWord> words = hashed_words(text);
  if (words.empty()) return false;
  if (words.size() < static_cast<size_t>(n_)) return whole_.contains(whole_hash(words));
  const std::vector<uint64_t> ngrams = hashed_ngrams(words, n_);
  return std::any_of(ngrams.begin(), ngrams.end(),
                     [&](uint64_t ngram) { return ngrams_.contains(ngram); });
}

}  // namespace r1
