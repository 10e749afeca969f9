#include "libr1/tokenizer/tokenizer.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/tokenizer/added_tokens.h"
#include "libr1/tokenizer/chat_template.h"
#include "libr1/tokenizer/decoder.h"
#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/model.h"
#include "libr1/tokenizer/normalizer.h"
#include "libr1/tokenizer/pre_tokenizer.h"
#include "libr1/tokenizer/unicode.h"
#include "libr1/tokenizer/vocabulary.h"

namespace r1 {

using tokenizer::AddedTokens;
using tokenizer::Decoder;
using tokenizer::JsonDocument;
using tokenizer::JsonNode;
using tokenizer::Model;
using tokenizer::ModelKind;
using tokenizer::Normalizer;
using tokenizer::Piece;
using tokenizer::PreTokenizer;
using tokenizer::Vocabulary;

namespace {

constexpr size_t kLargestText = size_t{1} << 30;  // positions inside a piece are 32-bit

// The token that a template of tokenizer.json puts before a text, if there is one.
std::optional<std::string> first_of_template(const JsonNode& processor, int depth = 0) {
  constexpr int kDeepestSequence = 16;
  const std::string type = processor.type();
  std::optional<std::string> first;
  if (type == "Sequence" && depth < kDeepestSequence) {
    processor.at("processors").for_each_element([&](JsonNode each) {
      if (!first) first = first_of_template(each, depth + 1);
    });
  } else if (type == "TemplateProcessing") {
    bool is_first = true;
    processor.at("single").for_each_element([&](JsonNode part) {
      const auto special = part.find("SpecialToken");
      if (is_first && special) first = special->string_at("id");
      is_first = false;
    });
  }
  return first;
}

bool is_object(const JsonNode& node) { return !node.is_string(); }

}  // namespace

struct Tokenizer::Parts {
  struct Token {
    std::string_view text;
    bool known = false;
    bool special = false;
  };

  Parts(const JsonNode& root, std::string_view json_text, std::string_view config_text);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  void fill_table();
  void read_config();
  int32_t named_token(const JsonNode& config, std::string_view key) const;
  int32_t id_of(std::string_view token) const;
  void encode_part(std::string_view text, bool at_start, std::vector<int32_t>& ids) const;
  void encode_pieces(std::string_view text, bool at_start, std::vector<int32_t>& ids) const;
  const Token* shown(int32_t id, bool skip_special) const;

  std::string json;
  std::string config;
  Vocabulary vocabulary;
  Normalizer normalizer;
  AddedTokens added;
  PreTokenizer pre_tokenizer;
  std::unique_ptr<Model> model;
  Decoder decoder;
  std::optional<std::string> template_start;
  std::vector<Token> tokens;  // by id
  int32_t bos_id = -1;
  int32_t eos_id = -1;
  int32_t pad_id = -1;
  bool adds_bos = false;
};

Tokenizer::Parts::Parts(const JsonNode& root, std::string_view json_text,
                        std::string_view config_text)
    : json(json_text),
      config(config_text),
      vocabulary(root.at("model").at("vocab")),
      normalizer(root.find("normalizer")),
      added(root.find("added_tokens"), vocabulary, normalizer),
      pre_tokenizer(root.find("pre_tokenizer"),
                    tokenizer::model_kind_of(root.at("model")) == ModelKind::kBpe),
      model(tokenizer::make_model(root.at("model"), vocabulary, pre_tokenizer.leaves_bytes())),
      decoder(root.find("decoder")) {
  if (const auto processor = root.find("post_processor"))
    template_start = first_of_template(*processor);
  if (pre_tokenizer.minds_the_start() && normalizer.may_drop_start())
    root.at("pre_tokenizer")
        .fail_unsupported("prepend scheme after a Strip or Replace normalizer", "first");
  fill_table();
}

void Tokenizer::Parts::fill_table() {
  tokens.resize(std::max(vocabulary.size(), added.largest_id() + 1));
  for (int32_t id = 0; id < static_cast<int32_t>(tokens.size()); ++id) {
    Token& token = tokens[id];
    if (const auto* one = added.find(id)) {
      token.text = one->content;
    } else if (vocabulary.has(id)) {
      token.text = vocabulary.token(id);
    } else {
      continue;
    }
    token.known = true;
    token.special = added.is_special(token.text);
  }
}

int32_t Tokenizer::Parts::id_of(std::string_view token) const {
  const int32_t id = added.id_of(token);
  return id >= 0 ? id : vocabulary.id_of(token);
}

int32_t Tokenizer::Parts::named_token(const JsonNode& root, std::string_view key) const {
  const auto node = root.find(key);
  if (!node) return -1;
  const JsonNode name = is_object(*node) ? node->at("content") : *node;
  const int32_t id = id_of(name.string());
  if (id < 0)
    name.fail(concat("\"", name.string(), "\" is no token of tokenizer.json; add it there"));
  return id;
}

void Tokenizer::Parts::read_config() {
  std::optional<JsonDocument> document;
  std::optional<JsonNode> root;
  if (!config.empty()) root = document.emplace(config, "tokenizer_config.json").root();
  if (root) {
    bos_id = named_token(*root, "bos_token");
    eos_id = named_token(*root, "eos_token");
    pad_id = named_token(*root, "pad_token");
  }
  const int32_t start_id = template_start ? id_of(*template_start) : -1;
  if (bos_id < 0) bos_id = start_id;
  const bool has_template = start_id >= 0 && start_id == bos_id;
  adds_bos = bos_id >= 0 && (root ? root->bool_at("add_bos_token", has_template) : has_template);
}

void Tokenizer::Parts::encode_part(std::string_view text, bool at_start,
                                   std::vector<int32_t>& ids) const {
  std::string changed;
  if (!normalizer.changes_nothing()) text = changed = normalizer.run(text);
  bool first = at_start;
  added.split(text, /*normalized=*/true, [&](std::string_view part, int32_t id) {
    if (id >= 0) {
      ids.push_back(id);
    } else {
      encode_pieces(part, first, ids);
    }
    first = false;
  });
}

void Tokenizer::Parts::encode_pieces(std::string_view text, bool at_start,
                                     std::vector<int32_t>& ids) const {
  std::vector<Piece> pieces{{text, at_start}};
  std::deque<std::string> changed;
  pre_tokenizer.run(pieces, changed);
  for (const Piece& piece : pieces) model->encode(piece.text, ids);
}

const Tokenizer::Parts::Token* Tokenizer::Parts::shown(int32_t id, bool skip_special) const {
  if (id < 0 || id >= static_cast<int32_t>(tokens.size())) return nullptr;
  const Token& token = tokens[id];
  return token.known && !(skip_special && token.special) ? &token : nullptr;
}

Tokenizer::Tokenizer(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

Tokenizer Tokenizer::from_json(std::string_view tokenizer_json, std::string_view tokenizer_config,
                               std::string_view name) {
  const JsonDocument document(tokenizer_json, name);
  auto parts = std::make_shared<Parts>(document.root(), tokenizer_json, tokenizer_config);
  parts->read_config();
  return Tokenizer(std::move(parts));
}

Tokenizer Tokenizer::from_folder(const std::string& folder) {
  const std::string file = folder + "/tokenizer.json";
  const std::string config_file = folder + "/tokenizer_config.json";
  std::string config = file_exists(config_file) ? read_file(config_file) : std::string();
  const std::string chat_file = folder + "/chat_template.jinja";
  if (file_exists(chat_file)) config = with_chat_template(config, read_file(chat_file));
  return from_json(read_file(file), config, file);
}

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  R1_CHECK_INPUT(text.size() <= kLargestText, "a text of ", text.size(),
                 " bytes is too long to encode at once; cut it into parts of at most ",
                 kLargestText);
  std::string repaired;
  if (!tokenizer::is_valid_utf8(text)) {
    tokenizer::append_lossy(repaired, text, /*final=*/true);
    text = repaired;
  }
  std::vector<int32_t> ids;
  parts_->added.split(text, /*normalized=*/false, [&](std::string_view part, int32_t id) {
    if (id >= 0) {
      ids.push_back(id);
    } else {
      parts_->encode_part(part, part.data() == text.data(), ids);
    }
  });
  return ids;
}

std::vector<int32_t> Tokenizer::encode_prompt(std::string_view text) const {
  std::vector<int32_t> ids = encode(text);
  if (adds_bos() && (ids.empty() || ids.front() != bos_id())) ids.insert(ids.begin(), bos_id());
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string text;
  Decoder::Run run(parts_->decoder);
  for (const int32_t id : ids)
    if (const auto* token = parts_->shown(id, skip_special)) run.push(token->text, text);
  run.finish(text);
  return text;
}

int32_t Tokenizer::vocab_size() const { return static_cast<int32_t>(parts_->tokens.size()); }
int32_t Tokenizer::id_of(std::string_view token) const { return parts_->id_of(token); }
int32_t Tokenizer::bos_id() const { return parts_->bos_id; }
int32_t Tokenizer::eos_id() const { return parts_->eos_id; }
int32_t Tokenizer::pad_id() const { return parts_->pad_id; }
bool Tokenizer::adds_bos() const { return parts_->adds_bos; }
const std::string& Tokenizer::json() const { return parts_->json; }
const std::string& Tokenizer::config_json() const { return parts_->config; }

std::string_view Tokenizer::token(int32_t id) const {
  const auto* token = parts_->shown(id, /*skip_special=*/false);
  return token == nullptr ? std::string_view() : token->text;
}

bool Tokenizer::is_special(int32_t id) const {
  const auto* token = parts_->shown(id, /*skip_special=*/false);
  return token != nullptr && token->special;
}

struct StreamingDecoder::State {
  std::shared_ptr<const Tokenizer::Parts> parts;
  bool skip_special;
  Decoder::Run run;
};

StreamingDecoder::StreamingDecoder(const Tokenizer& tokenizer, bool skip_special)
    : state_(new State{tokenizer.parts_, skip_special, Decoder::Run(tokenizer.parts_->decoder)}) {}
StreamingDecoder::~StreamingDecoder() = default;
StreamingDecoder::StreamingDecoder(StreamingDecoder&&) noexcept = default;
StreamingDecoder& StreamingDecoder::operator=(StreamingDecoder&&) noexcept = default;

std::string StreamingDecoder::push(int32_t id) {
  std::string text;
  if (const auto* token = state_->parts->shown(id, state_->skip_special))
    state_->run.push(token->text, text);
  return text;
}

std::string StreamingDecoder::finish() {
  std::string text;
  state_->run.finish(text);
  return text;
}

}  // namespace r1
