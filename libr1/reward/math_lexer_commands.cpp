#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/math_latex.h"
#include "libr1/reward/math_lexer.h"

namespace r1 {

using enum MathTokenKind;

namespace {

// Environments whose rows and columns are a matrix; of all others only the rows matter.
bool is_matrix(std::string_view name) {
  return name.ends_with("matrix") || name == "array" || name == "vmatrix";
}

}  // namespace

void MathLexer::backslash() {
  ++at_;
  const char c = peek();
  if (c == '\\' && !is_command_twice_escaped()) {
    ++at_;
    at_ += row_gap(rest());
    return add(kMark, "\\\\");
  }
  if (c == '\\') ++at_;
  const std::string_view name = take_letters();
  if (!name.empty()) return command(name);
  if (at_ >= text_.size()) return;
  const char sign = text_[at_++];
  if (sign == '\f' && take("rac")) return add(kCommand, "frac");  // "\frac" read as an escape
  if (sign == '{' || sign == '}') {
    depth_ += sign == '{' ? 1 : -1;
    return add(kMark, sign == '{' ? "\\{" : "\\}");
  }
  if (sign == '$') return add(kMark, "\\$");
  if (sign == '%') return add(kMark, "%");
  if (sign == '|') return add(kMark, "|");
  if (sign == '_' || sign == '&' || sign == '#') return fail(concat("the sign \\", sign));
  spaced_ = true;  // \, \; \! \: and "\ ", \( \) \[ \]
}

// \\frac outside of a matrix: a command whose backslash was escaped once too often.
bool MathLexer::is_command_twice_escaped() const {
  size_t end = at_ + 1;
  while (end < text_.size() && is_letter(text_[end])) ++end;
  const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
  if (matrices_ > 0 || name.empty()) return false;
  return command_word(name) || mark_of_command(name) || name == "begin" || name == "end";
}

void MathLexer::command(std::string_view name) {
  if (name == "begin" || name == "end") return environment(name == "begin");
  if ((name == "overline" || name == "dot" || name == "bar") && repeating_digits(name == "dot"))
    return;
  if (name == "mathbb") return blackboard();
  for (const std::string_view space : {"qquad", "quad"})
    if (name.starts_with(space) && name.size() > space.size()) {  // \quadx
      at_ -= name.size() - space.size();
      spaced_ = true;
      return;
    }
  if ((name == "left" || name == "right") && null_delimiter(name == "right")) return;
  if (is_unprinted(name)) return skip_argument();
  if (const auto mark = mark_of_command(name)) return marked(*mark);
  const auto word = command_word(name);
  if (!word) return fail(concat("the command \\", name));
  if (word->kind == kText) return text_argument();
  if (word->text.empty()) {
    spaced_ = true;
    return;
  }
  // \lbrace and its like count as brackets.
  if (word->text == "\\{" || word->text == "[" || word->text == "langle") ++depth_;
  if (word->text == "\\}" || word->text == "]" || word->text == "rangle") --depth_;
  add(word->kind, word->text);
}

void MathLexer::skip_argument() {
  spaced_ = true;
  take("*");
  const size_t open = brace_at(text_, at_);
  if (open == std::string_view::npos) return;
  at_ = behind_braces(text_, open);
  if (at_ == std::string_view::npos) fail("a brace that never closes");
}

// \\left. and \\right. print nothing, but the latter closes a brace: \\left\\{ ... \\right.
bool MathLexer::null_delimiter(bool closes) {
  const size_t next = text_.find_first_not_of(kWhiteSpace, at_);
  if (next == std::string_view::npos || text_[next] != '.') return false;
  at_ = next + 1;
  if (!closes) return true;
  --depth_;
  add(kMark, "right.");
  return true;
}

// \\bar{x}, \\angle ABC: letters with a mark are a name. With more under it the mark is a function.
void MathLexer::marked(std::string_view mark) {
  const bool in_front = mark == "angle" || mark == "triangle";
  const size_t begin = std::min(text_.find_first_not_of(kWhiteSpace, at_), text_.size());
  size_t end = begin;
  std::string_view covered;
  if (begin < text_.size() && text_[begin] == '{') {
    end = behind_braces(text_, begin);
    if (end == std::string_view::npos) return fail("a brace that never closes");
    covered = text_.substr(begin + 1, end - begin - 2);
  } else if (begin < text_.size()) {
    end = begin + 1;
    if (in_front || text_[begin] == '\\')
      while (end < text_.size() && is_letter(text_[end])) ++end;
    covered = text_.substr(begin, end - begin);
  }
  if (const auto name = marked_name(mark, covered)) {
    at_ = end;
    return add(kName, *name);
  }
  if (mark == "arrow") return;
  add(in_front ? kName : kFunction, mark);
}

// {name} of \begin or \end, and an array's columns.
void MathLexer::environment(bool begin) {
  while (peek() == ' ') ++at_;
  if (!take("{")) return fail("\\begin without a name");
  const size_t close = rest().find('}');
  if (close == std::string_view::npos) return fail("\\begin without a name");
  const std::string_view name = rest().substr(0, close);
  at_ += close + 1;
  if (!is_matrix(name)) {
    columns_ += begin ? 1 : -1;
    return;
  }
  if (begin && name == "array" && take("{")) {
    const size_t columns = rest().find('}');
    at_ += columns == std::string_view::npos ? 0 : columns + 1;
  }
  matrices_ += begin ? 1 : -1;
  depth_ += begin ? 1 : -1;
  add(kMark, begin ? (name == "vmatrix" ? "begin-determinant" : "begin") : "end");
}

void MathLexer::blackboard() {
  const bool braced = take("{");
  const std::string_view letter = take_letters();
  if (braced && !take("}")) return fail("\\mathbb without its letter");
  add(kName, concat("mathbb ", letter));
}

// \text{...}: runs of letters are words.
void MathLexer::text_argument() {
  const size_t open = brace_at(text_, at_);
  if (open == std::string_view::npos) return;
  const size_t end = behind_braces(text_, open);
  if (end == std::string_view::npos) return fail("a brace that never closes");
  words_in(text_.substr(open + 1, end - open - 2));
  at_ = end;
}

bool MathLexer::ends_value() const {
  if (result_.tokens.empty()) return false;
  const MathToken& last = result_.tokens.back();
  return last.kind == kNumber || (last.kind == kMark && (last.text == "}" || last.text == ")"));
}

bool MathLexer::ends_degree() const {
  size_t count = result_.tokens.size();
  if (count > 0 && result_.tokens[count - 1].text == "}") --count;
  if (count == 0 || result_.tokens[count - 1].kind != kMark) return false;
  return result_.tokens[count - 1].text == "circ" || result_.tokens[count - 1].text == "degree";
}

void MathLexer::words_in(std::string_view text) {
  MathLexer inner(text, reading_, letters_apart_);
  inner.depth_ = depth_;
  inner.in_text_ = in_text_ + 1;
  inner.behind_value_ = ends_value();
  inner.behind_degree_ = ends_degree();
  if (inner.in_text_ > 8) return fail("text within text");
  MathTokens tokens = inner.run();
  const bool ends_spaced = tokens.tokens.back().spaced;
  tokens.tokens.pop_back();
  bool first = true;
  for (MathToken& token : tokens.tokens) {
    token.spaced = token.spaced || (first && spaced_);
    first = false;
    result_.tokens.push_back(std::move(token));
  }
  spaced_ = ends_spaced;
  if (!tokens.error.empty()) fail(std::move(tokens.error));
}

}  // namespace r1
