// Cuts a normalised text into the pieces that the model encodes one by one. Immutable,
// thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/pattern.h"
#include "libr1/tokenizer/splits.h"

namespace r1::tokenizer {

class PreTokenizer {
 public:
  // The "pre_tokenizer" of tokenizer.json; nullopt: the text is one piece. With `model_reads_bytes`
  // a ByteLevel at the very end leaves its spelling to the model, which saves a copy of the text.
  PreTokenizer(const std::optional<JsonNode>& node, bool model_reads_bytes);

  // The pieces are raw bytes, to be spelled with byte_to_char.
  bool leaves_bytes() const { return leaves_bytes_; }
  // The start of the whole input is treated differently from other pieces.
  bool minds_the_start() const {
    return !steps_.empty() && steps_.front().prepend == Prepend::kFirst;
  }

  // Replaces `pieces` by the pieces of each. Pieces view into the text they came from or, where a
  // step changed it, into strings added to `changed`.
  void run(std::vector<Piece>& pieces, std::deque<std::string>& changed) const;

 private:
  enum class Kind {
    kSplit,
    kByteLevel,
    kDigits,
    kMetaspace,
    kWhitespace,
    kWhitespaceSplit,
    kPunctuation
  };
  enum class Prepend { kNever, kFirst, kAlways };
  struct Step {
    Kind kind = Kind::kSplit;
    std::optional<Pattern> pattern;  // kSplit, kWhitespace; kByteLevel unless it splits nothing
    SplitBehavior behavior = SplitBehavior::kIsolated;
    bool invert = false;                // kSplit: what lies between matches counts as the match
    bool split = true;                  // kMetaspace
    Prepend prepend = Prepend::kNever;  // kByteLevel: a space; kMetaspace: the replacement
    char32_t space = ' ';               // kMetaspace: what a space is replaced by
    bool spell_bytes = true;            // kByteLevel
  };

  void add(const JsonNode& node, int depth);
  Step metaspace(const JsonNode& node) const;
  static Step byte_level(const JsonNode& node);
  static Piece prepare(const Step& step, const Piece& piece, std::deque<std::string>& changed);
  static void find(const Step& step, std::string_view text, std::vector<Range>& ranges);

  std::vector<Step> steps_;
  bool leaves_bytes_ = false;
};

}  // namespace r1::tokenizer
