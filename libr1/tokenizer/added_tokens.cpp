#include "libr1/tokenizer/added_tokens.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

bool stands_alone(std::string_view text, size_t begin, size_t end) {
  const bool word_before = begin > 0 && is_word(char_before(text, begin).value);
  const bool word_after = end < text.size() && is_word(char_at(text, end).value);
  return !word_before && !word_after;
}

size_t whitespace_begin(std::string_view text, size_t end, size_t lowest) {
  while (end > lowest) {
    const Char c = char_before(text, end);
    if (!is_whitespace(c.value)) break;
    end -= c.length;
  }
  return end;
}

size_t whitespace_end(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    const Char c = char_at(text, begin);
    if (!is_whitespace(c.value)) break;
    begin += c.length;
  }
  return begin;
}

}  // namespace

void AddedTokens::Trie::insert(std::string_view text, int32_t token_idx) {
  if (text.empty()) return;
  int32_t node = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    auto& next = nodes_[node].next;
    const auto at = std::lower_bound(next.begin(), next.end(), std::pair{byte, int32_t{0}});
    if (at != next.end() && at->first == byte) {
      node = at->second;
      continue;
    }
    const auto added = static_cast<int32_t>(nodes_.size());
    next.insert(at, {byte, added});
    nodes_.emplace_back();
    node = added;
  }
  if (nodes_[node].token_idx < 0) nodes_[node].token_idx = token_idx;
}

std::pair<int32_t, size_t> AddedTokens::Trie::longest(std::string_view text) const {
  std::pair<int32_t, size_t> best{-1, 0};
  int32_t node = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text[at]);
    const auto& next = nodes_[node].next;
    const auto it = std::lower_bound(next.begin(), next.end(), std::pair{byte, int32_t{0}});
    if (it == next.end() || it->first != byte) break;
    node = it->second;
    if (nodes_[node].token_idx >= 0) best = {nodes_[node].token_idx, at + 1};
  }
  return best;
}

AddedTokens::AddedTokens(const std::optional<JsonNode>& node, const Vocabulary& vocabulary,
                         const Normalizer& normalizer) {
  if (node) node->for_each_element([&](JsonNode each) { add(each, vocabulary); });
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    const auto idx = static_cast<int32_t>(i);
    if (token.normalized) {
      normalized_.insert(normalizer.run(token.content), idx);
    } else {
      raw_.insert(token.content, idx);
    }
  }
}

void AddedTokens::add(const JsonNode& node, const Vocabulary& vocabulary) {
  AddedToken token;
  token.id = static_cast<int32_t>(node.at("id").integer(0, kLargestId));
  token.content = node.string_at("content");
  token.special = node.bool_at("special", false);
  token.normalized = node.bool_at("normalized", !token.special);
  token.strip_left = node.bool_at("lstrip", false);
  token.strip_right = node.bool_at("rstrip", false);
  token.single_word = node.bool_at("single_word", false);
  const int32_t known = vocabulary.id_of(token.content);
  if (known >= 0 && known != token.id)
    node.fail(concat("\"", token.content, "\" has the id ", token.id, " here but ", known,
                     " in model.vocab; make them equal"));
  if (vocabulary.has(token.id) && known < 0)
    node.fail(concat("the id ", token.id, " is also that of \"", vocabulary.token(token.id),
                     "\" in model.vocab"));
  const auto [by_id, id_is_free] = index_of_id_.emplace(token.id, tokens_.size());
  const auto [by_content, content_is_free] =
      index_of_content_.emplace(token.content, tokens_.size());
  if (id_is_free != content_is_free)
    node.fail(concat("\"", token.content, "\" with the id ", token.id,
                     " contradicts another added token"));
  if (!id_is_free) return;  // listed twice
  largest_id_ = std::max(largest_id_, token.id);
  if (token.special) special_.insert(token.content);
  tokens_.push_back(std::move(token));
}

void AddedTokens::split(std::string_view text, bool normalized,
                        FunctionRef<void(std::string_view part, int32_t id)> visit) const {
  const Trie& trie = normalized ? normalized_ : raw_;
  size_t covered = 0;
  for (size_t at = 0; at < text.size() && !trie.empty();) {
    const auto [token_idx, length] = trie.longest(text.substr(at));
    if (token_idx < 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[token_idx];
    size_t begin = at;
    size_t end = at + length;
    at = end;
    if (begin < covered || (token.single_word && !stands_alone(text, begin, end))) continue;
    if (token.strip_left) begin = whitespace_begin(text, begin, covered);
    if (token.strip_right) end = whitespace_end(text, end);
    if (covered < begin) visit(text.substr(covered, begin - covered), -1);
    visit(text.substr(begin, end - begin), token.id);
    covered = end;
  }
  if (covered < text.size()) visit(text.substr(covered), -1);
}

const AddedToken* AddedTokens::find(int32_t id) const {
  const auto it = index_of_id_.find(id);
  return it == index_of_id_.end() ? nullptr : &tokens_[it->second];
}

int32_t AddedTokens::id_of(std::string_view content) const {
  const auto it = index_of_content_.find(std::string(content));
  return it == index_of_content_.end() ? -1 : tokens_[it->second].id;
}

}  // namespace r1::tokenizer
