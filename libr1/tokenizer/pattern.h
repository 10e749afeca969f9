// What a Split or a Replace looks for: a string or a regular expression. Immutable, thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "libr1/core/function_ref.h"
#include "libr1/tokenizer/json_node.h"

namespace r1::tokenizer {

class Pattern {
 public:
  // {"String": text} or {"Regex": Oniguruma's syntax}.
  explicit Pattern(const JsonNode& node);
  // A regular expression of ours; a mistake in it is Fault::kRun.
  static Pattern regex(std::string_view oniguruma);

  // Visits [begin, end) ranges that cover the valid text from left to right: the matches and what
  // lies between them. Matches do not overlap; an empty one right after a match is skipped.
  // Fault::kInput when the matcher exhausts its memory on this text.
  void for_each_range(std::string_view text,
                      FunctionRef<void(size_t begin, size_t end, bool match)> visit) const;

  std::string replace(std::string_view text, std::string_view by) const;

 private:
  struct Compiled;
  Pattern() = default;
  static std::shared_ptr<const Compiled> compile(std::string_view oniguruma, std::string& error);
  bool find(std::string_view text, size_t from, void* match_data, size_t* begin, size_t* end) const;

  std::string literal_;  // when there is no expression; never empty
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace r1::tokenizer
