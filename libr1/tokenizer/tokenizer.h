// Text to token ids and back, from the tokenizer.json of Hugging Face: BPE (byte-level, or with
// byte fallback) and WordLevel models. Ids are those of the `tokenizers` library, token for token,
// but for characters that its Unicode tables and ours (version 14) know differently.
// A feature that is not supported is refused by name and JSON path, never ignored.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace r1 {

// Immutable, thread-safe and cheap to copy: copies share everything.
class Tokenizer {
 public:
  // From the text of tokenizer.json and, unless empty, of tokenizer_config.json, which names the
  // BOS, EOS and padding tokens and says whether a prompt starts with BOS. `name` is what errors
  // call the first text. Throws Fault::kInput naming file and key.
  static Tokenizer from_json(std::string_view tokenizer_json,
                             std::string_view tokenizer_config = {},
                             std::string_view name = "tokenizer.json");
  // Reads folder/tokenizer.json and, when they exist, folder/tokenizer_config.json and
  // folder/chat_template.jinja, which becomes part of the config.
  static Tokenizer from_folder(const std::string& folder);

  // Special and other added tokens written in the text are recognised. No BOS or EOS is added.
  // A malformed UTF-8 sequence is read as U+FFFD. Fault::kInput for a word that a WordLevel model
  // without an unknown token does not know.
  std::vector<int32_t> encode(std::string_view text) const;
  // The same, with BOS in front when adds_bos() and the text does not start with it already.
  std::vector<int32_t> encode_prompt(std::string_view text) const;
  // Incomplete or malformed UTF-8 becomes U+FFFD; ids that name no token (the padding of an
  // embedding table) are left out, as Hugging Face does.
  std::string decode(std::span<const int32_t> ids, bool skip_special = false) const;

  int32_t vocab_size() const;                   // largest id + 1
  int32_t id_of(std::string_view token) const;  // -1 when absent
  // The token as it stands in tokenizer.json (byte-level spelling); empty for an unused id.
  std::string_view token(int32_t id) const;
  bool is_special(int32_t id) const;

  int32_t bos_id() const;  // -1 when the tokenizer has none; eos_id, pad_id too
  int32_t eos_id() const;
  int32_t pad_id() const;
  bool adds_bos() const;  // the model expects BOS before a text

  // The texts it was made from, for checkpoints: from_json(json(), config_json()) is this one.
  const std::string& json() const;
  const std::string& config_json() const;

 private:
  friend class StreamingDecoder;
  struct Parts;
  explicit Tokenizer(std::shared_ptr<const Parts> parts);
  std::shared_ptr<const Parts> parts_;
};

// Decodes ids as they come, never cutting a character in two. What push() and finish() return, put
// together, is decode() of all the ids. Not thread-safe. Usable again after finish().
class StreamingDecoder {
 public:
  StreamingDecoder(const Tokenizer& tokenizer, bool skip_special);
  ~StreamingDecoder();
  StreamingDecoder(StreamingDecoder&&) noexcept;
  StreamingDecoder& operator=(StreamingDecoder&&) noexcept;

  std::string push(int32_t id);  // the text that later ids cannot change; may be empty
  std::string finish();          // what is left, incomplete bytes as U+FFFD

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace r1
