// The model's table of tokens. Immutable, thread-safe; not movable, because views point into it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libr1/tokenizer/json_node.h"

namespace r1::tokenizer {

inline constexpr int64_t kLargestId = (1 << 24) - 1;  // a table of ids stays affordable

class Vocabulary {
 public:
  explicit Vocabulary(const JsonNode& vocab);  // {"token": id, ...}; ids may leave gaps
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  int32_t id_of(std::string_view token) const {  // -1 when absent
    const auto it = ids_.find(token);
    return it == ids_.end() ? -1 : it->second;
  }
  bool has(int32_t id) const {
    return id >= 0 && id < size() && (!tokens_[id].empty() || id == empty_id_);
  }
  std::string_view token(int32_t id) const { return tokens_[id]; }       // has(id)
  int32_t size() const { return static_cast<int32_t>(tokens_.size()); }  // largest id + 1

 private:
  std::vector<std::string> tokens_;  // "" for an id that is not used
  std::unordered_map<std::string_view, int32_t> ids_;
  int32_t empty_id_ = -1;  // the id of the token "", should there be one
};

}  // namespace r1::tokenizer
