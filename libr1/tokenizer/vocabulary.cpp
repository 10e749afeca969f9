#include "libr1/tokenizer/vocabulary.h"

#include "libr1/core/error.h"

namespace r1::tokenizer {

Vocabulary::Vocabulary(const JsonNode& vocab) {
  vocab.for_each_member([&](const std::string& token, JsonNode node) {
    const auto id = static_cast<int32_t>(node.integer(0, kLargestId));
    if (id >= size()) tokens_.resize(id + 1);
    if (has(id)) node.fail(concat("the id ", id, " is also that of \"", tokens_[id], "\""));
    tokens_[id] = token;
    if (token.empty()) empty_id_ = id;
  });
  ids_.reserve(tokens_.size());
  for (int32_t id = 0; id < size(); ++id)
    if (has(id)) ids_.emplace(tokens_[id], id);
}

}  // namespace r1::tokenizer
