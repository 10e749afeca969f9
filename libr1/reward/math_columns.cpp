#include "libr1/reward/math_columns.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace r1 {
namespace {

using enum MathTokenKind;

bool is_one_of(const MathToken& token, std::initializer_list<std::string_view> marks) {
  return token.kind == kMark && std::find(marks.begin(), marks.end(), token.text) != marks.end();
}

bool is_relation(const MathToken& token) {
  return is_one_of(token, {"=", "<", ">", "<=", ">=", "!=", "approx", "in"});
}

// A value cannot end, or begin, beside it.
bool is_open(const MathToken& token) {
  return is_relation(token) ||
         is_one_of(token, {"+", "*", "/", "pm", ",", ";", "\\\\", "\\{", "begin", "&", "end"}) ||
         token.kind == kEnd;
}

bool is_if(const MathToken& token) {
  constexpr std::string_view kWords[] = {"if", "If", "when", "for", "where", "as"};
  return token.kind == kWord &&
         std::find(std::begin(kWords), std::end(kWords), token.text) != std::end(kWords);
}

class Columns {
 public:
  Columns(std::vector<MathToken>& tokens, size_t begin, size_t end)
      : tokens_(tokens), begin_(begin), end_(end) {}

  void resolve() {
    std::vector<MathToken> result;
    int depth = 0;
    for (size_t at = begin_; at < end_;) {
      MathToken& token = tokens_[at];
      if (token.kind == kMark && token.text.starts_with("begin")) ++depth;
      if (is_one_of(token, {"end"})) --depth;
      if (depth > 0 || !is_one_of(token, {"&"})) {
        result.push_back(std::move(token));
        ++at;
        continue;
      }
      const bool comma = !result.empty() && is_one_of(result.back(), {","});
      const bool parts = parts_columns(result, at);
      ++at;
      if (!comma && !parts) continue;
      if (!comma) result.push_back({kMark, ",", false});
      while (at < end_ && is_if(tokens_[at])) ++at;
      const size_t cell = end_of_cell(at);
      if (!is_wordy(at, cell)) continue;
      result.push_back({kName, condition(at, cell), true});
      at = cell;
    }
    const auto first = tokens_.begin() + static_cast<std::ptrdiff_t>(begin_);
    tokens_.erase(std::move(result.begin(), result.end(), first),
                  tokens_.begin() + static_cast<std::ptrdiff_t>(end_));
  }

 private:
  bool parts_columns(const std::vector<MathToken>& before, size_t at) const {
    if (before.empty() || is_open(before.back()) || is_one_of(before.back(), {"-"})) return false;
    if (at + 1 >= end_ || is_open(tokens_[at + 1])) return false;
    // Of "x & -y = 1" it parts terms, of "1 & -1 < x" a value and its condition.
    return !is_one_of(tokens_[at + 1], {"-"}) || has(at + 1, {"<", ">", "<=", ">="});
  }

  size_t end_of_cell(size_t at) const {
    while (at < end_ && !is_one_of(tokens_[at], {"&", "\\\\", "end"})) ++at;
    return at;
  }
  bool has(size_t at, std::initializer_list<std::string_view> marks) const {
    for (const size_t cell = end_of_cell(at); at < cell; ++at)
      if (is_one_of(tokens_[at], marks)) return true;
    return false;
  }
  bool is_wordy(size_t at, size_t end) const {
    bool words = false;
    for (; at < end; ++at) {
      if (is_relation(tokens_[at])) return false;
      words = words || tokens_[at].kind == kWord;
    }
    return words;
  }

  // All that stands there: "n is even" is not "n^2 is even".
  std::string condition(size_t at, size_t end) const {
    std::string text;
    while (end > at && is_one_of(tokens_[end - 1], {".", ",", ";"})) --end;
    for (; at < end; ++at) text += (text.empty() ? "" : " ") + tokens_[at].text;
    return text;
  }

  std::vector<MathToken>& tokens_;
  size_t begin_, end_;
};

}  // namespace

void resolve_columns(std::vector<MathToken>& tokens, size_t begin, size_t end) {
  Columns(tokens, begin, end).resolve();
}

}  // namespace r1
