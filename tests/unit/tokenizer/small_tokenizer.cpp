#include "tests/unit/tokenizer/small_tokenizer.h"

#include "libr1/tokenizer/byte_level.h"
#include "libr1/tokenizer/pre_tokenizer.h"

namespace r1::test {

json word_level(const std::vector<std::string>& words) {
  json vocab = json::object();
  int id = 0;
  for (const auto& word : words) vocab[word] = id++;
  return {{"type", "WordLevel"}, {"vocab", vocab}, {"unk_token", "<unk>"}};
}

json byte_level_bpe(const std::vector<std::pair<std::string, std::string>>& merges) {
  json vocab = json::object();
  json pairs = json::array();
  for (int byte = 0; byte < 256; ++byte)
    vocab[tokenizer::bytes_to_chars(std::string(1, static_cast<char>(byte)))] = byte;
  for (const auto& [left, right] : merges) {
    const std::string joined = tokenizer::bytes_to_chars(left + right);
    if (!vocab.contains(joined)) vocab[joined] = vocab.size();
    pairs.push_back({tokenizer::bytes_to_chars(left), tokenizer::bytes_to_chars(right)});
  }
  return {{"type", "BPE"}, {"vocab", vocab}, {"merges", pairs}};
}

json document(const json& model) {
  return {{"version", "1.0"},      {"added_tokens", json::array()},
          {"normalizer", nullptr}, {"pre_tokenizer", nullptr},
          {"decoder", nullptr},    {"model", model}};
}

Tokenizer make(const json& tokenizer_json, const json& config) {
  return Tokenizer::from_json(tokenizer_json.dump(), config.is_null() ? "" : config.dump());
}

std::vector<std::string> pieces(const json& pre_tokenizer, std::string_view text) {
  const tokenizer::JsonDocument parsed(pre_tokenizer.dump(), "pre_tokenizer");
  const tokenizer::PreTokenizer step(parsed.root(), /*model_reads_bytes=*/false);
  std::vector<tokenizer::Piece> found{{text, true}};
  std::deque<std::string> changed;
  step.run(found, changed);
  std::vector<std::string> texts;
  for (const auto& piece : found) texts.emplace_back(piece.text);
  return texts;
}

}  // namespace r1::test
