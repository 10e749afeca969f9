#include "libr1/tokenizer/bpe.h"

#include <algorithm>
#include <bit>
#include <queue>

#include "libr1/core/error.h"
#include "libr1/tokenizer/byte_level.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

// Up to here looking at every pair again beats a heap.
constexpr size_t kShortPiece = 32;

uint64_t pair_of(int32_t left, int32_t right) {
  return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
}

std::string fallback_token(int byte) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return concat("<0x", kDigits[byte >> 4], kDigits[byte & 15], ">");
}

void refuse_text(const JsonNode& model, std::string_view key) {
  const auto node = model.find(key);
  if (node && !node->string().empty()) model.fail_unsupported("model option", key);
}

struct Candidate {
  int32_t rank;
  int32_t position;
  int32_t id;
  friend bool operator<(const Candidate& a, const Candidate& b) {  // the largest leaves first
    return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
  }
};

struct Symbol {
  int32_t id;
  int32_t previous;
  int32_t next;  // -1 at the end
};
constexpr int32_t kJoined = -1;  // id of a symbol that its left neighbour took in

}  // namespace

void MergeTable::reserve(size_t num_merges) {
  slots_.assign(std::bit_ceil(num_merges + num_merges / 2 + 2), Slot{});
}

size_t MergeTable::slot_of(uint64_t pair) const {
  const size_t mask = slots_.size() - 1;
  size_t at = (pair * 0x9E3779B97F4A7C15u >> 32) & mask;
  while (slots_[at].pair != pair && slots_[at].pair != Slot{}.pair) at = (at + 1) & mask;
  return at;
}

void MergeTable::insert(int32_t left, int32_t right, Merge merge) {
  const uint64_t pair = pair_of(left, right);
  slots_[slot_of(pair)] = {pair, merge};
}

MergeTable::Merge MergeTable::find(int32_t left, int32_t right) const {
  return slots_[slot_of(pair_of(left, right))].merge;
}

Bpe::Bpe(const JsonNode& model, const Vocabulary& vocabulary, bool pieces_are_bytes)
    : vocabulary_(vocabulary),
      pieces_are_bytes_(pieces_are_bytes),
      ignore_merges_(model.bool_at("ignore_merges", false)),
      fuse_unknown_(model.bool_at("fuse_unk", false)) {
  if (model.find("dropout")) model.fail_unsupported("model option", "dropout");
  refuse_text(model, "continuing_subword_prefix");
  refuse_text(model, "end_of_word_suffix");
  if (const auto unknown = model.find("unk_token")) {
    unknown_id_ = vocabulary.id_of(unknown->string());
    if (unknown_id_ < 0) unknown->fail(concat("\"", unknown->string(), "\" is not in model.vocab"));
  }
  load_bytes(model);
  load_merges(model.at("merges"));
}

void Bpe::load_bytes(const JsonNode& model) {
  has_byte_fallback_ = model.bool_at("byte_fallback", false);
  for (int byte = 0; byte < 256; ++byte) {
    fallback_ids_[byte] = vocabulary_.id_of(fallback_token(byte));
    std::string spelled;
    append_utf8(spelled, byte_to_char(static_cast<uint8_t>(byte)));
    byte_ids_[byte] = vocabulary_.id_of(spelled);
  }
}

void Bpe::load_merges(const JsonNode& merges) {
  merges_.reserve(merges.size());
  int32_t rank = 0;
  merges.for_each_element([&](JsonNode merge) {
    std::string_view left;
    std::string_view right;
    if (merge.is_string()) {  // "left right"
      const std::string_view text = merge.string();
      if (text.starts_with("#version")) return;
      const size_t space = text.find(' ');
      if (space == text.npos || text.find(' ', space + 1) != text.npos)
        merge.fail(concat("found \"", text, "\", expected two tokens with one space between"));
      left = text.substr(0, space);
      right = text.substr(space + 1);
    } else {  // ["left", "right"]
      if (!merge.is_array() || merge.size() != 2) merge.fail("expected two tokens");
      merge.for_each_element([&](JsonNode part) {
        left = right;
        right = part.string();
      });
    }
    const int32_t left_id = vocabulary_.id_of(left);
    const int32_t right_id = vocabulary_.id_of(right);
    const int32_t joined = vocabulary_.id_of(concat(left, right));
    if (left_id < 0 || right_id < 0 || joined < 0)
      merge.fail(
          concat("\"", left, "\", \"", right, "\" or \"", left, right, "\" is not in model.vocab"));
    merges_.insert(left_id, right_id, {rank++, joined});
  });
}

int32_t Bpe::whole_piece(std::string_view piece) const {
  return vocabulary_.id_of(pieces_are_bytes_ ? bytes_to_chars(piece) : std::string(piece));
}

void Bpe::encode(std::string_view piece, std::vector<int32_t>& ids) const {
  if (cache_.append(piece, ids)) return;
  const size_t start = ids.size();
  const int32_t whole = ignore_merges_ ? whole_piece(piece) : -1;
  if (whole >= 0) {
    ids.push_back(whole);
  } else {
    append_characters(piece, ids);
    ids.size() - start <= kShortPiece ? merge_short(ids, start) : merge_long(ids, start);
  }
  cache_.store(piece, std::span(ids).subspan(start));
}

void Bpe::append_characters(std::string_view piece, std::vector<int32_t>& ids) const {
  bool unknown_waits = false;  // an unknown token that may yet take in its right neighbour
  if (pieces_are_bytes_) {
    for (const char c : piece) {
      const auto byte = static_cast<uint8_t>(c);
      if (byte_ids_[byte] >= 0 && !unknown_waits) {
        ids.push_back(byte_ids_[byte]);
      } else {
        append_character(bytes_to_chars({&c, 1}), ids, &unknown_waits);
      }
    }
  } else {
    for (size_t at = 0; at < piece.size();) {
      const auto length = static_cast<size_t>(char_at(piece, at).length);
      append_character(piece.substr(at, length), ids, &unknown_waits);
      at += length;
    }
  }
  if (unknown_waits) ids.push_back(unknown_id_);
}

void Bpe::append_character(std::string_view character, std::vector<int32_t>& ids,
                           bool* unknown_waits) const {
  const int32_t id = vocabulary_.id_of(character);
  if (id >= 0) {
    if (*unknown_waits) ids.push_back(unknown_id_);
    *unknown_waits = false;
    ids.push_back(id);
    return;
  }
  const auto has_byte = [&](char c) { return fallback_ids_[static_cast<uint8_t>(c)] >= 0; };
  if (has_byte_fallback_ && std::all_of(character.begin(), character.end(), has_byte)) {
    // Ahead of an unknown token that waits, as Hugging Face does.
    for (const char c : character) ids.push_back(fallback_ids_[static_cast<uint8_t>(c)]);
    return;
  }
  if (unknown_id_ < 0) return;
  if (*unknown_waits && !fuse_unknown_) ids.push_back(unknown_id_);
  *unknown_waits = true;
}

void Bpe::merge_short(std::vector<int32_t>& ids, size_t start) const {
  std::array<MergeTable::Merge, kShortPiece> merges;
  size_t num_ids = ids.size() - start;
  int32_t* id = ids.data() + start;
  for (size_t i = 0; i + 1 < num_ids; ++i) merges[i] = merges_.find(id[i], id[i + 1]);
  while (num_ids > 1) {
    size_t best = num_ids;
    for (size_t i = 0; i + 1 < num_ids; ++i)
      if (merges[i].rank >= 0 && (best == num_ids || merges[i].rank < merges[best].rank)) best = i;
    if (best == num_ids) break;
    id[best] = merges[best].id;
    std::copy(id + best + 2, id + num_ids, id + best + 1);
    std::copy(merges.begin() + best + 1, merges.begin() + num_ids - 1, merges.begin() + best);
    --num_ids;
    if (best > 0) merges[best - 1] = merges_.find(id[best - 1], id[best]);
    if (best + 1 < num_ids) merges[best] = merges_.find(id[best], id[best + 1]);
  }
  ids.resize(start + num_ids);
}

void Bpe::merge_long(std::vector<int32_t>& ids, size_t start) const {
  const auto num_symbols = static_cast<int32_t>(ids.size() - start);
  std::vector<Symbol> symbols(num_symbols);
  std::priority_queue<Candidate> candidates;
  const auto consider = [&](int32_t left) {
    if (left < 0 || symbols[left].next < 0) return;
    const auto merge = merges_.find(symbols[left].id, symbols[symbols[left].next].id);
    if (merge.rank >= 0) candidates.push({merge.rank, left, merge.id});
  };
  for (int32_t i = 0; i < num_symbols; ++i)
    symbols[i] = {ids[start + i], i - 1, i + 1 < num_symbols ? i + 1 : -1};
  for (int32_t i = 0; i < num_symbols; ++i) consider(i);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = symbols[best.position];
    if (left.id == kJoined || left.next < 0) continue;
    Symbol& right = symbols[left.next];
    if (merges_.find(left.id, right.id).id != best.id) continue;  // the pair changed meanwhile
    left.id = best.id;
    left.next = right.next;
    right.id = kJoined;
    if (left.next >= 0) symbols[left.next].previous = best.position;
    consider(left.previous);
    consider(best.position);
  }
  ids.resize(start);
  for (const Symbol& symbol : symbols)
    if (symbol.id != kJoined) ids.push_back(symbol.id);
}

}  // namespace r1::tokenizer
