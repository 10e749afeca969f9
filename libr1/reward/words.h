// Words for comparing texts: repetition within one, overlap between two.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace r1 {

struct HashedWord {
  uint64_t hash;  // XXH3 of the normalised word
  size_t begin;   // its first byte in the text
};

// A maximal run of letters, marks and digits is a word, and so is each Han character and each kana;
// all else, and bytes that are not UTF-8, part words and are dropped. Normalised: compatibility
// decomposition and case folding, character by character (Unicode's NFKD and full case folding), so
// "Ｅtude", "ÉTUDE" and "étude" agree where only case, width or composition differ. Unlike the
// words of language.h these keep numbers, variables and what formulas and code hold. Linear.
std::vector<HashedWord> hashed_words(std::string_view text);

// XXH3 of each run of n words, in order; none when there are fewer. n >= 1; n steps each.
std::vector<uint64_t> hashed_ngrams(std::span<const HashedWord> words, int n);

}  // namespace r1
