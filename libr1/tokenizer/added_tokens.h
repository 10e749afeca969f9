// Tokens that are found in a text before anything else looks at it: special tokens such as the end
// of a sentence, and others added to a trained vocabulary. Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/tokenizer/json_node.h"
#include "libr1/tokenizer/normalizer.h"
#include "libr1/tokenizer/vocabulary.h"

namespace r1::tokenizer {

struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = false;
  bool normalized = false;   // looked for in the normalised text, else in the text as it came
  bool strip_left = false;   // takes the white space before it
  bool strip_right = false;  // and after it
  bool single_word = false;  // only where it is not part of a longer word
};

class AddedTokens {
 public:
  // The "added_tokens" of tokenizer.json; nullopt: none.
  AddedTokens(const std::optional<JsonNode>& node, const Vocabulary& vocabulary,
              const Normalizer& normalizer);

  // Visits the parts of a valid, non-empty text from left to right: ids of tokens, and stretches
  // (id -1) between them. At each place the longest token wins.
  void split(std::string_view text, bool normalized,
             FunctionRef<void(std::string_view part, int32_t id)> visit) const;

  const AddedToken* find(int32_t id) const;  // nullptr when no added token has this id
  int32_t id_of(std::string_view content) const;
  bool is_special(std::string_view content) const {
    return special_.contains(std::string(content));
  }
  int32_t largest_id() const { return largest_id_; }  // -1 when there are none

 private:
  // Bytes spell the way from node 0; a node's token is that of the text that leads to it.
  class Trie {
   public:
    void insert(std::string_view text, int32_t token_idx);
    // Longest token that starts the text: {index or -1, bytes}.
    std::pair<int32_t, size_t> longest(std::string_view text) const;
    bool empty() const { return nodes_.size() == 1; }

   private:
    struct Node {
      std::vector<std::pair<uint8_t, int32_t>> next;  // sorted by byte
      int32_t token_idx = -1;
    };
    std::vector<Node> nodes_{1};
  };

  void add(const JsonNode& node, const Vocabulary& vocabulary);

  std::vector<AddedToken> tokens_;
  std::unordered_map<int32_t, size_t> index_of_id_;
  std::unordered_map<std::string, size_t> index_of_content_;
  std::unordered_set<std::string> special_;
  Trie raw_;
  Trie normalized_;
  int32_t largest_id_ = -1;
};

}  // namespace r1::tokenizer
