#include "libr1/reward/prose.h"

#include <algorithm>

#include "libr1/reward/ascii.h"
#include "libr1/reward/script.h"

namespace r1 {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr size_t kMaxTagName = 24;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_space(char c) { return is_blank(c) || c == '\n'; }
bool is_at(std::string_view text, size_t at, std::string_view mark) {
  return text.substr(at, mark.size()) == mark;
}

// The next place where something holds. Places asked for never go back, so that all questions
// together cost one pass: nothing is quadratic in marks that are never closed.
class Finder {
 public:
  using Predicate = bool (*)(std::string_view text, size_t at);
  Finder(std::string_view text, Predicate holds) : text_(text), holds_(holds) {}

  size_t from(size_t at) {
    if (next_ == kNone || (known_ && next_ >= at)) return next_;
    known_ = true;
    for (next_ = at; next_ < text_.size(); ++next_)
      if (holds_(text_, next_)) return next_;
    return next_ = kNone;
  }

 private:
  std::string_view text_;
  Predicate holds_;
  size_t next_ = 0;
  bool known_ = false;
};

bool is_blank_line(std::string_view text, size_t at) {
  if (text[at] != '\n') return false;
  while (++at < text.size() && is_blank(text[at])) {
  }
  return at < text.size() && text[at] == '\n';
}

bool closes_dollar(std::string_view text, size_t at) {
  return text[at] == '$' && at > 0 && !is_space(text[at - 1]) && text[at - 1] != '\\' &&
         (at + 1 == text.size() || !is_digit(text[at + 1]));
}

class Notation {
 public:
  explicit Notation(std::string_view text) : text_(text) {}

  // Bytes of the notation that begins at `at`; 0 when there is none.
  size_t at(size_t at) {
    switch (text_[at]) {
      case '`':
        return code(at);
      case '$':
        return dollars(at);
      case '\\':
        return command(at);
      case '<':
        return tag(at);
      case 'h':
      case 'f':
      case 'w':
        return url(at);
      default:
        return 0;
    }
  }

 private:
  // With an end at text[close], of `mark` bytes; without one, `alone` bytes.
  static size_t up_to(size_t at, size_t close, size_t mark, size_t alone) {
    return close == kNone ? alone : close + mark - at;
  }
  size_t within_paragraph(size_t at, size_t close) {
    return close != kNone && close < paragraph_.from(at) ? close : kNone;
  }

  size_t code(size_t at) {
    size_t marks = 1;
    while (at + marks < text_.size() && text_[at + marks] == '`') ++marks;
    if (marks >= 3) return up_to(at, fence_.from(at + marks), 3, marks);
    if (marks == 2) return marks;
    return up_to(at, within_paragraph(at, backtick_.from(at + 1)), 1, 1);
  }

  size_t dollars(size_t at) {
    if (is_at(text_, at, "$$")) return up_to(at, dollars_.from(at + 2), 2, 2);
    if (at + 1 == text_.size() || is_space(text_[at + 1])) return 0;
    return up_to(at, within_paragraph(at, dollar_.from(at + 1)), 1, 0);
  }

  size_t command(size_t at) {
    size_t end = at + 1;
    if (end == text_.size()) return 1;
    if (text_[end] == '(') return up_to(at, within_paragraph(at, round_.from(at + 2)), 2, 2);
    if (text_[end] == '[') return up_to(at, square_.from(at + 2), 2, 2);
    while (end < text_.size() && is_letter(text_[end])) ++end;
    if (end == at + 1) return static_cast<unsigned char>(text_[end]) < 0x80 ? 2 : 1;
    const std::string_view name = text_.substr(at + 1, end - at - 1);
    if (name != "begin" && name != "end") return end - at;
    size_t close = end;
    while (close < text_.size() && (is_letter(text_[close]) || close == end || text_[close] == '*'))
      ++close;
    const bool named = is_at(text_, end, "{") && is_at(text_, close, "}");
    return (named ? close + 1 : end) - at;
  }

  size_t tag(size_t at) const {
    size_t end = at + (is_at(text_, at, "</") ? 2 : 1);
    const size_t name = end;
    const auto inside = [](char c) {
      return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '|';
    };
    while (end < text_.size() && end - name < kMaxTagName && inside(text_[end])) ++end;
    if (end == name || is_digit(text_[name])) return 0;
    if (is_at(text_, end, " /") || is_at(text_, end, " >")) ++end;
    if (is_at(text_, end, "/")) ++end;
    return is_at(text_, end, ">") ? end + 1 - at : 0;
  }

  size_t url(size_t at) const {
    if (at > 0 && is_letter(text_[at - 1])) return 0;
    constexpr std::string_view kStarts[] = {"http://", "https://", "ftp://", "www."};
    if (std::none_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view start) { return is_at(text_, at, start); }))
      return 0;
    size_t end = at;
    while (end < text_.size() && text_[end] > ' ' && text_[end] < 0x7f &&
           std::string_view("\"<>`$\\").find(text_[end]) == kNone)
      ++end;
    return end - at;
  }

  std::string_view text_;
  Finder paragraph_{text_, is_blank_line}, dollar_{text_, closes_dollar};
  Finder backtick_{text_, [](auto text, size_t at) { return text[at] == '`'; }};
  Finder fence_{text_, [](auto text, size_t at) { return is_at(text, at, "```"); }};
  Finder dollars_{text_, [](auto text, size_t at) { return is_at(text, at, "$$"); }};
  Finder round_{text_, [](auto text, size_t at) { return is_at(text, at, "\\)"); }};
  Finder square_{text_, [](auto text, size_t at) { return is_at(text, at, "\\]"); }};
};

bool is_of_notation(Script script) {
  return script == Script::kNone || script == Script::kLatin || script == Script::kGreek ||
         script == Script::kOther;  // as in xⁿ
}

// Puts spaces in place of the notation in [begin, end) of text and prose.
void blank(std::string_view text, size_t begin, size_t end, std::string& prose) {
  bool word = false;  // what was before is a letter of one, or its mark
  while (begin < end) {
    const ScriptChar c = script_char_at(text, begin);
    word =
        c.kind == CharKind::kLetter ? !is_of_notation(c.script) : word && c.kind == CharKind::kMark;
    if (!word) prose.replace(begin, c.bytes, c.bytes, ' ');
    begin += c.bytes;
  }
}

}  // namespace

std::string prose_of(std::string_view text) {
  std::string prose(text);
  Notation notation(text);
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = notation.at(at);
    blank(text, at, at + bytes, prose);
    at += std::max<size_t>(bytes, 1);
  }
  return prose;
}

}  // namespace r1
