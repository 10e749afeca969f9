// tokenizer.json texts for tests, put together from parts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/tokenizer/tokenizer.h"

namespace r1::test {

using nlohmann::json;

// A WordLevel model whose words are numbered in order; "<unk>" stands for the others.
json word_level(const std::vector<std::string>& words);
// A byte-level BPE: the 256 bytes are ids 0 .. 255, then one id for each merge.
json byte_level_bpe(const std::vector<std::pair<std::string, std::string>>& merges);
// Whole document around a model; other members may be set on it.
json document(const json& model);

Tokenizer make(const json& tokenizer_json, const json& config = nullptr);

// The pieces that a pre-tokenizer makes of a text.
std::vector<std::string> pieces(const json& pre_tokenizer, std::string_view text);

// One U+FFFD.
inline constexpr std::string_view kBad = "\xEF\xBF\xBD";

}  // namespace r1::test
