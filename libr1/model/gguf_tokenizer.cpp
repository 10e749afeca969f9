#include "libr1/model/gguf_tokenizer.h"

#include <nlohmann/json.hpp>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

// llama.cpp's kinds of tokens.
enum TokenType : int64_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

// How a text is cut before the merges: what tokenizer.ggml.pre names, as tokenizer.json spells it.
struct Splitting {
  const char* name;
  const char* regex;  // nullptr: that of GPT-2, within the byte-level step
  bool single_digits;
  bool nfc;
  bool ignore_merges;
  bool adds_bos;
};

constexpr const char* kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr Splitting kSplittings[] = {{"gpt-2", nullptr, false, false, false, false},
                                     {"smollm", nullptr, true, false, false, false},
                                     {"qwen2", kQwen2, false, true, false, false},
                                     {"deepseek-r1-qwen", kQwen2, false, true, false, false},
                                     {"llama-bpe", kLlama3, false, false, true, true}};

const Splitting& splitting_of(const GgufReader& gguf) {
  const std::string name = gguf.text("tokenizer.ggml.pre");
  std::string known;
  for (const Splitting& splitting : kSplittings) {
    if (splitting.name == name) return splitting;
    known += concat(known.empty() ? "" : ", ", splitting.name);
  }
  throw_error(Fault::kInput,
              concat(gguf.path(), ": tokenizer.ggml.pre is \"", name, "\"; supported: ", known,
                     "; import the model from its Hugging Face folder"));
}

Json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

Json pre_tokenizer(const Splitting& splitting) {
  Json steps = Json::array();
  if (splitting.single_digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (splitting.regex)
    steps.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", splitting.regex}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  steps.push_back(byte_level(splitting.regex == nullptr));
  return {{"type", "Sequence"}, {"pretokenizers", steps}};
}

// The vocabulary, and those tokens that are found in a text as they are.
void add_tokens(const GgufReader& gguf, Json& json) {
  const auto& tokens = gguf.texts("tokenizer.ggml.tokens");
  const auto& types = gguf.integers("tokenizer.ggml.token_type");
  R1_CHECK_INPUT(types.size() == tokens.size(), gguf.path(), ": ", tokens.size(), " tokens but ",
                 types.size(), " types of tokens");
  Json vocab = Json::object(), added = Json::array();
  // Not through operator[], which looks through all members before.
  auto& members = vocab.get_ref<Json::object_t&>();
  std::map<std::string_view, size_t> ids;
  for (size_t id = 0; id < tokens.size(); ++id) {
    const int64_t type = types[id];
    R1_CHECK_INPUT(type >= kNormal && type <= kByte, gguf.path(), ": token ", id, " is of type ",
                   type, ", expected 1 to 6");
    if (type == kUnused) continue;  // padding of the table
    const auto [found, is_first] = ids.emplace(tokens[id], id);
    R1_CHECK_INPUT(is_first, gguf.path(), ": the tokens ", found->second, " and ", id,
                   " are the same: \"", tokens[id], "\"");
    members.emplace_back(tokens[id], id);
    if (type == kNormal || type == kByte) continue;
    added.push_back({{"id", id},
                     {"content", tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", type != kUserDefined}});
  }
  json["added_tokens"] = std::move(added);
  json["model"]["vocab"] = std::move(vocab);
}

Json merges(const GgufReader& gguf) {
  Json result = Json::array();
  for (const std::string& merge : gguf.texts("tokenizer.ggml.merges")) {
    const size_t space = merge.find(' ', 1);
    R1_CHECK_INPUT(space != merge.npos && space + 1 < merge.size(), gguf.path(), ": the merge \"",
                   merge, "\" is not two tokens");
    result.push_back({merge.substr(0, space), merge.substr(space + 1)});
  }
  return result;
}

Json tokenizer_config(const GgufReader& gguf, const Splitting& splitting) {
  const auto& tokens = gguf.texts("tokenizer.ggml.tokens");
  Json config = Json::object();
  const auto add = [&](const char* name, const char* key) {
    const auto id = gguf.find_integer(key);
    if (!id) return;
    R1_CHECK_INPUT(*id >= 0 && *id < static_cast<int64_t>(tokens.size()), gguf.path(), ": ", key,
                   " is ", *id, ", there are ", tokens.size(), " tokens");
    config[name] = tokens[static_cast<size_t>(*id)];
  };
  add("bos_token", "tokenizer.ggml.bos_token_id");
  add("eos_token", "tokenizer.ggml.eos_token_id");
  add("pad_token", "tokenizer.ggml.padding_token_id");
  const char* const kAddsBos = "tokenizer.ggml.add_bos_token";
  config["add_bos_token"] = gguf.has(kAddsBos) ? gguf.flag(kAddsBos) : splitting.adds_bos;
  if (gguf.has("tokenizer.chat_template"))
    config["chat_template"] = gguf.text("tokenizer.chat_template");
  return config;
}

}  // namespace

TokenizerTexts tokenizer_from_gguf(const GgufReader& gguf) {
  const std::string model = gguf.text("tokenizer.ggml.model");
  R1_CHECK_INPUT(model == "gpt2", gguf.path(), ": tokenizer.ggml.model is \"", model,
                 "\"; supported: gpt2 (byte-level BPE); import the model from its Hugging Face "
                 "folder");
  const Splitting& splitting = splitting_of(gguf);
  Json json = {{"version", "1.0"}, {"added_tokens", Json::array()}};
  json["normalizer"] = splitting.nfc ? Json{{"type", "NFC"}} : Json(nullptr);
  json["pre_tokenizer"] = pre_tokenizer(splitting);
  json["post_processor"] = nullptr;
  json["decoder"] = byte_level(true);
  json["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", splitting.ignore_merges}};
  add_tokens(gguf, json);
  json["model"]["merges"] = merges(gguf);
  const auto replace = Json::error_handler_t::replace;
  return {json.dump(-1, ' ', false, replace),
          tokenizer_config(gguf, splitting).dump(-1, ' ', false, replace)};
}

}  // namespace r1
