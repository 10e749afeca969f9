#include "libr1/reward/words.h"

#include <utf8proc.h>
#include <xxhash.h>

#include <array>
#include <string>

#include "libr1/core/error.h"
#include "libr1/reward/script.h"

namespace r1 {
namespace {

void append_normalised(std::string& word, char32_t c) {
  if (c < 0x80) {
    word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return;
  }
  constexpr utf8proc_ssize_t kMost = 32;  // the longest decomposition has 18 characters
  std::array<utf8proc_int32_t, kMost> parts;
  const auto count = utf8proc_decompose_char(
      static_cast<utf8proc_int32_t>(c), parts.data(), kMost,
      static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD),
      nullptr);
  if (count < 0 || count > kMost) return;
  for (utf8proc_ssize_t i = 0; i < count; ++i) {
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(parts[static_cast<size_t>(i)], bytes);
    word.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

}  // namespace

std::vector<HashedWord> hashed_words(std::string_view text) {
  std::vector<HashedWord> words;
  std::string word;
  size_t begin = 0;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back({XXH3_64bits(word.data(), word.size()), begin});
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const ScriptChar c = script_char_at(text, at);
    const bool alone = c.kind == CharKind::kLetter && is_a_word_each(c.script);
    const bool part = c.kind == CharKind::kLetter || c.kind == CharKind::kNumber ||
                      (c.kind == CharKind::kMark && !word.empty());
    if (alone || !part) end_word();
    if (part) {
      if (word.empty()) begin = at;
      append_normalised(word, c.value);
    }
    if (alone) end_word();
    at += c.bytes;
  }
  end_word();
  return words;
}

std::vector<uint64_t> hashed_ngrams(std::span<const HashedWord> words, int n) {
  R1_CHECK(n >= 1, "n-grams of ", n, " words; expected at least 1");
  const auto length = static_cast<size_t>(n);
  std::vector<uint64_t> ngrams, run(length);
  for (size_t first = 0; first + length <= words.size(); ++first) {
    for (size_t i = 0; i < length; ++i) run[i] = words[first + i].hash;
    ngrams.push_back(XXH3_64bits(run.data(), length * sizeof run[0]));
  }
  return ngrams;
}

}  // namespace r1
