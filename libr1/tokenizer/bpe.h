// Byte-pair encoding (Sennrich et al., 2016): starting from characters, the neighbouring pair whose
// merge was learned first is joined, the leftmost of equals, until no pair is in the table.
// O(n log n) in the length of a piece.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/tokenizer/model.h"
#include "libr1/tokenizer/word_cache.h"

namespace r1::tokenizer {

class MergeTable {
 public:
  struct Merge {
    int32_t rank = -1;  // -1: the pair is never joined
    int32_t id = -1;    // of the joined token
  };
  void reserve(size_t num_merges);
  // A pair that is listed again takes its later rank. At most as many pairs as were reserved.
  void insert(int32_t left, int32_t right, Merge merge);
  Merge find(int32_t left, int32_t right) const;

 private:
  struct Slot {
    uint64_t pair = ~uint64_t{0};
    Merge merge;
  };
  size_t slot_of(uint64_t pair) const;
  std::vector<Slot> slots_{2};  // open addressing, a power of two, never full
};

class Bpe : public Model {
 public:
  Bpe(const JsonNode& model, const Vocabulary& vocabulary, bool pieces_are_bytes);

  void encode(std::string_view piece, std::vector<int32_t>& ids) const override;

 private:
  void load_merges(const JsonNode& merges);
  void load_bytes(const JsonNode& model);

  // Ids of the piece's characters, before any merge.
  void append_characters(std::string_view piece, std::vector<int32_t>& ids) const;
  void append_character(std::string_view character, std::vector<int32_t>& ids,
                        bool* unknown_waits) const;
  int32_t whole_piece(std::string_view piece) const;  // its id, -1 when it is no token
  // Merges what stands from `start` on, in place.
  void merge_short(std::vector<int32_t>& ids, size_t start) const;
  void merge_long(std::vector<int32_t>& ids, size_t start) const;

  const Vocabulary& vocabulary_;
  bool pieces_are_bytes_;
  bool ignore_merges_;       // a piece that is a token is that token
  bool fuse_unknown_;        // neighbouring unknown characters are one unknown token
  int32_t unknown_id_ = -1;  // -1: unknown characters are left out
  bool has_byte_fallback_ = false;
  std::array<int32_t, 256> fallback_ids_{};  // <0x00> .. <0xFF>, -1 when absent
  std::array<int32_t, 256> byte_ids_{};      // of byte_to_char(byte), -1 when absent
  MergeTable merges_;
  mutable WordCache cache_;  // results do not depend on it
};

}  // namespace r1::tokenizer
