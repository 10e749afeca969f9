// Puts tokens back together as text, one token at a time. Immutable, thread-safe; a run is one
// text in the making and belongs to one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/pattern.h"

namespace r1::tokenizer {

class Decoder {
 public:
  // The "decoder" of tokenizer.json; nullopt: tokens are joined by spaces.
  explicit Decoder(const std::optional<JsonNode>& node);

  class Run {
   public:
    explicit Run(const Decoder& decoder);  // the decoder must outlive the run
    // Appends to `text` what later tokens cannot change.
    void push(std::string_view token, std::string& text);
    // Appends the rest and starts afresh.
    void finish(std::string& text);

   private:
    struct State {
      std::string bytes;    // kByteFallback, kByteLevel: not yet a text
      size_t to_strip = 0;  // kStrip of a whole text: characters that may still go
      bool first = true;    // no token has come
    };
    void reset();
    void feed(size_t stage, std::string_view token, std::string& text);
    void fall_back(size_t stage, std::string_view token, std::string& text);
    void strip(size_t stage, std::string_view token, std::string& text);
    void flush(size_t stage, std::string& text);

    const Decoder* decoder_;
    std::vector<State> states_;
  };

 private:
  enum class Kind { kReplace, kStrip, kMetaspace, kByteFallback, kFuse, kByteLevel, kSpaces };
  struct Stage {
    Kind kind = Kind::kFuse;
    std::optional<Pattern> pattern;  // kReplace
    std::string content;             // kReplace: what comes in; kStrip, kMetaspace: one character
    size_t start = 0;                // kStrip: at most so many at the start
    size_t stop = 0;                 // and at the end
    bool whole = false;              // kStrip: of the whole text, not of each token
    bool drops_first = true;         // kMetaspace: the first token's spaces go
  };
  void add(const JsonNode& node, int depth);
  Stage strip_stage(const JsonNode& node) const;

  std::vector<Stage> stages_;
  bool fused_ = false;  // a stage so far makes one token of all
};

}  // namespace r1::tokenizer
