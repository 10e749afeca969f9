#include "libr1/tokenizer/splits.h"

#include <algorithm>

#include "libr1/tokenizer/unicode.h"

namespace r1::tokenizer {
namespace {

// Joins a range to its left neighbour where `joins(range, previous was a match)`.
template <class Joins>
void join_ranges(std::vector<Range>& ranges, Joins joins) {
  size_t kept = 0;
  bool previous = false;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const Range range = ranges[i];
    if (i > 0 && joins(range.match, previous)) {
      ranges[kept - 1].end = range.end;
    } else {
      ranges[kept++] = range;
    }
    previous = range.match;
  }
  ranges.resize(kept);
}

// The mirror image: joins a range to its right neighbour.
template <class Joins>
void join_ranges_rightwards(std::vector<Range>& ranges, Joins joins) {
  size_t kept = ranges.size();
  bool previous = false;
  for (size_t i = ranges.size(); i-- > 0;) {
    const Range range = ranges[i];
    if (i + 1 < ranges.size() && joins(range.match, previous)) {
      ranges[kept].begin = range.begin;
    } else {
      ranges[--kept] = range;
    }
    previous = range.match;
  }
  ranges.erase(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(kept));
}

}  // namespace

SplitBehavior split_behavior_of(const JsonNode& name) {
  const std::string& text = name.string();
  if (text == "Removed") return SplitBehavior::kRemoved;
  if (text == "Isolated") return SplitBehavior::kIsolated;
  if (text == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (text == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (text == "Contiguous") return SplitBehavior::kContiguous;
  name.fail_unsupported("split behavior", text);
}

void append_pieces(const Piece& piece, std::vector<Range>& ranges, SplitBehavior behavior,
                   std::vector<Piece>& pieces) {
  const auto single_match = [](bool match, bool previous) { return match && !previous; };
  switch (behavior) {
    case SplitBehavior::kRemoved:
      std::erase_if(ranges, [](const Range& range) { return range.match; });
      break;
    case SplitBehavior::kIsolated:
      break;
    case SplitBehavior::kMergedWithPrevious:
      join_ranges(ranges, single_match);
      break;
    case SplitBehavior::kMergedWithNext:
      join_ranges_rightwards(ranges, single_match);
      break;
    case SplitBehavior::kContiguous:
      join_ranges(ranges, [](bool match, bool previous) { return match == previous; });
      break;
  }
  for (const Range& range : ranges) {
    if (range.begin == range.end) continue;
    pieces.push_back({piece.text.substr(range.begin, range.end - range.begin),
                      piece.at_start && range.begin == 0});
  }
}

void find_chars(std::string_view text, FunctionRef<bool(char32_t)> is_match,
                std::vector<Range>& ranges) {
  size_t covered = 0;
  for (size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    if (is_match(c.value)) {
      if (covered < at) ranges.push_back({covered, at, false});
      covered = at + c.length;
      ranges.push_back({at, covered, true});
    }
    at += c.length;
  }
  if (covered < text.size()) ranges.push_back({covered, text.size(), false});
}

}  // namespace r1::tokenizer
