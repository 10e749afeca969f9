#include "libr1/reward/math_words.h"

#include <algorithm>
#include <vector>

namespace r1 {
namespace {

using enum MathTokenKind;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

std::string lower(std::string text) {
  for (char& c : text)
    if (is_capital(c)) c = static_cast<char>(c - 'A' + 'a');
  return text;
}

class WordedAnswer {
 public:
  explicit WordedAnswer(std::span<const MathToken> tokens) : tokens_(tokens) { find_brackets(); }

  std::string text() {
    for (size_t at = 0; at < tokens_.size();) {
      if (is_letter(at)) {
        at = letters(at);
        continue;
      }
      const MathToken& token = tokens_[at];
      if (token.kind == kWord) put(lower(token.text));
      if (token.kind == kNumber) put(token.text);
      if (token.kind == kName && is_value(at)) put('\\' + token.text);
      if (token.kind == kMark && says_something(at)) put(token.text);
      ++at;
    }
    return std::move(text_);
  }

 private:
  void put(const std::string& part) {
    if (!text_.empty()) text_ += ' ';
    text_ += part;
  }
  bool is_kind(size_t at, MathTokenKind kind) const {
    return at < tokens_.size() && tokens_[at].kind == kind;
  }
  bool is_mark(size_t at, std::string_view text) const {
    return is_kind(at, kMark) && tokens_[at].text == text;
  }
  bool is_attached(size_t at) const { return at < tokens_.size() && !tokens_[at].spaced; }
  bool is_letter(size_t at) const { return is_kind(at, kName) && tokens_[at].text.size() == 1; }
  bool is_value(size_t at) const {
    return is_kind(at, kNumber) || (is_kind(at, kName) && tokens_[at].text != "dots");
  }
  bool begins_value(size_t at) const {
    return is_value(at) || (is_mark(at, "(") && brackets_[at]) ||
           (is_mark(at, "-") && (is_value(at + 1) || is_mark(at + 1, "(")));
  }
  bool ends_value(size_t at) const {
    return is_value(at) || is_mark(at, "'") || is_mark(at, "!") ||
           (is_mark(at, ")") && brackets_[at]);
  }

  // Brackets that hold more than a remark: behind a value or a sign, and around elements.
  void find_brackets() {
    brackets_.resize(tokens_.size());
    std::vector<size_t> open;
    std::vector<bool> kept;
    for (size_t at = 0; at < tokens_.size(); ++at) {
      if (is_mark(at, "(")) {
        const bool behind = at > 0 && is_attached(at) && (is_value(at - 1) || is_mark(at - 1, "-"));
        open.push_back(at);
        kept.push_back(behind);
      } else if (is_mark(at, ",") && !open.empty()) {
        kept.back() = true;
      } else if (is_mark(at, ")") && !open.empty()) {
        brackets_[open.back()] = brackets_[at] = kept.back();
        open.pop_back();
        kept.pop_back();
      }
    }
  }

  // Letters next to each other: "AB", or a short word ("It"). The article that begins a sentence
  // is no letter.
  size_t letters(size_t at) {
    std::string run = tokens_[at].text;
    size_t end = at + 1;
    while (is_letter(end) && is_attached(end)) run += tokens_[end++].text;
    const bool article = at == 0 && run.size() == 1 && is_kind(end, kWord);
    const bool word = run.size() > 1 && std::none_of(run.begin() + 1, run.end(), is_capital);
    put(article || word ? lower(std::move(run)) : run);
    return end;
  }

  bool says_something(size_t at) const {
    const std::string& mark = tokens_[at].text;
    if (mark == "and" || mark == "or" || mark == "in") return true;
    if (mark == "(" || mark == ")") return brackets_[at];
    if (at == 0) return mark == "-" && begins_value(at);
    if (mark == "'" || mark == "!") return is_attached(at) && ends_value(at - 1);
    if (mark == "," || mark == "/" || mark == ":")
      return ends_value(at - 1) && begins_value(at + 1);
    return mark == "-" && begins_value(at) && !is_hyphen(at);
  }

  // "type-A".
  bool is_hyphen(size_t at) const {
    return is_kind(at - 1, kWord) && is_attached(at) && is_attached(at + 1) && is_letter(at + 1) &&
           is_capital(tokens_[at + 1].text[0]);
  }

  std::span<const MathToken> tokens_;
  std::vector<bool> brackets_;
  std::string text_;
};

}  // namespace

std::string words_of(std::span<const MathToken> tokens) { return WordedAnswer(tokens).text(); }

}  // namespace r1
