// How a text is cut where something matched: the behaviours of Hugging Face's Split.
#pragma once

#include <string_view>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/tokenizer/json_node.h"

namespace r1::tokenizer {

// A stretch of text for the model. `at_start`: nothing of the whole input comes before it.
struct Piece {
  std::string_view text;
  bool at_start = false;
};

struct Range {
  size_t begin = 0;
  size_t end = 0;
  bool match = false;
};

enum class SplitBehavior {
  kRemoved,             // matches are dropped
  kIsolated,            // each match is a piece
  kMergedWithPrevious,  // a match ends the piece before it
  kMergedWithNext,      // a match begins the piece after it
  kContiguous,          // neighbouring matches are one piece
};

SplitBehavior split_behavior_of(const JsonNode& name);

// Appends the pieces of `piece` that `ranges`, which cover it, make under `behavior`. Empty pieces
// are left out. Reorders nothing; `ranges` is used up.
void append_pieces(const Piece& piece, std::vector<Range>& ranges, SplitBehavior behavior,
                   std::vector<Piece>& pieces);

// Ranges that cover the valid text, each character for which `is_match` holds a match by itself.
void find_chars(std::string_view text, FunctionRef<bool(char32_t)> is_match,
                std::vector<Range>& ranges);

}  // namespace r1::tokenizer
