#include "libr1/tokenizer/jinja_lexer.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_evaluator.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::jinja {
namespace {

// As Python sees white space, which has more than ASCII's.
bool is_blank(std::string_view text) {
  return stripped(std::string(text), None{}, true, false).empty();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Piece> run() {
    while (at_ < text_.size()) {
      const size_t tag = next_tag();
      add_text(tag);
      if (tag == text_.npos) break;
      at_ = tag;
      text_[tag + 1] == '#' ? skip_comment() : take_tag();
    }
    return std::move(pieces_);
  }

 private:
  size_t next_tag() const {
    for (size_t at = text_.find('{', at_); at != text_.npos; at = text_.find('{', at + 1))
      if (at + 1 < text_.size() && std::string_view("{%#").find(text_[at + 1]) != text_.npos)
        return at;
    return text_.npos;
  }

  // The text up to a tag, without the white space that the tag takes.
  void add_text(size_t tag) {
    std::string_view part = text_.substr(at_, tag == text_.npos ? tag : tag - at_);
    const int line = line_;
    line_ += static_cast<int>(std::ranges::count(part, '\n'));
    if (tag != text_.npos) {
      const char mark = tag + 2 < text_.size() ? text_[tag + 2] : ' ';
      if (mark == '-') {
        part = part.substr(0, stripped(std::string(part), None{}, false, true).size());
      } else if (text_[tag + 1] != '{' && mark != '+') {
        const size_t newline = part.rfind('\n');
        const size_t begin = newline == part.npos ? 0 : newline + 1;
        const bool starts_line = newline != part.npos || at_line_start_;
        if (starts_line && is_blank(part.substr(begin))) part = part.substr(0, begin);
      }
    }
    if (!part.empty()) pieces_.push_back({PieceKind::kText, std::string(part), {}, line});
  }

  // After a tag that ends before at_. `mark` is the sign before its end, if there was one.
  void finish_tag(bool is_output, char mark) {
    const size_t end = at_;
    if (mark == '-') {
      while (at_ < text_.size() && is_blank(text_.substr(at_, length_here()))) at_ += length_here();
    } else if (!is_output && mark != '+' && at_ < text_.size() && text_[at_] == '\n') {
      ++at_;
    }
    line_ += static_cast<int>(std::ranges::count(text_.substr(end, at_ - end), '\n'));
    at_line_start_ = at_ > end && text_[at_ - 1] == '\n';
  }

  void skip_comment() {
    const size_t end = text_.find("#}", at_ + 2);
    if (end == text_.npos) fail_at(line_, "a comment {# does not end");
    line_ += static_cast<int>(std::ranges::count(text_.substr(at_, end - at_), '\n'));
    const char mark = text_[end - 1];
    at_ = end + 2;
    finish_tag(false, mark);
  }

  void take_tag() {
    const bool is_output = text_[at_ + 1] == '{';
    Piece piece{is_output ? PieceKind::kOutput : PieceKind::kStatement, "", {}, line_};
    at_ += 2;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    const std::string_view end = is_output ? "}}" : "%}";
    int open = 0;  // braces of maps
    for (;;) {
      skip_space();
      if (at_ >= text_.size()) fail_at(piece.line, "a tag does not end");
      const char mark = text_[at_];
      const bool marked = mark == '-' || (mark == '+' && !is_output);
      const size_t begin = marked ? at_ + 1 : at_;
      if (open == 0 && text_.substr(begin, 2) == end) {
        at_ = begin + 2;
        piece.tokens.push_back({TokenKind::kEnd, "", line_});
        pieces_.push_back(std::move(piece));
        return finish_tag(is_output, marked ? mark : ' ');
      }
      piece.tokens.push_back(take_token());
      const Token& token = piece.tokens.back();
      if (token.kind == TokenKind::kOperator)
        open += token.text == "{" ? 1 : token.text == "}" ? -1 : 0;
    }
  }

  size_t length_here() const { return static_cast<size_t>(tokenizer::char_at(text_, at_).length); }

  void skip_space() {
    while (at_ < text_.size() && is_blank(text_.substr(at_, length_here()))) {
      line_ += text_[at_] == '\n';
      at_ += length_here();
    }
  }

  Token take_token() {
    const char c = text_[at_];
    if (is_letter(c))
      return take_while(TokenKind::kName, [](char x) { return is_letter(x) || is_digit(x); });
    if (is_digit(c)) return take_number();
    if (c == '"' || c == '\'') return take_string();
    for (const std::string_view op : {"**", "//", "==", "!=", "<=", ">="})
      if (text_.substr(at_, 2) == op) return take_operator(2);
    if (std::string_view("+-*/%~<>=()[]{}.,:|").find(c) == std::string_view::npos)
      fail_at(line_, concat("found the character '", std::string(1, c), "'"));
    return take_operator(1);
  }

  Token take_operator(size_t length) {
    Token token{TokenKind::kOperator, std::string(text_.substr(at_, length)), line_};
    at_ += length;
    return token;
  }

  template <class Belongs>
  Token take_while(TokenKind kind, Belongs belongs) {
    const size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return {kind, std::string(text_.substr(begin, at_ - begin)), line_};
  }

  Token take_number() {
    Token token = take_while(TokenKind::kInteger, is_digit);
    const bool fraction = at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1]);
    if (!fraction) return token;
    ++at_;
    token.text += "." + take_while(TokenKind::kFloat, is_digit).text;
    token.kind = TokenKind::kFloat;
    return token;
  }

  Token take_string() {
    const char quote = text_[at_++];
    Token token{TokenKind::kString, "", line_};
    while (at_ < text_.size() && text_[at_] != quote) {
      line_ += text_[at_] == '\n';
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        take_escape(token.text);
      } else {
        token.text += text_[at_++];
      }
    }
    if (at_ >= text_.size()) fail_at(token.line, "a string does not end");
    ++at_;
    return token;
  }

  void take_escape(std::string& out) {
    constexpr std::string_view kLetters = "ntr\\'\"abfv\n", kMeanings = "\n\t\r\\'\"\a\b\f\v";
    const char c = text_[at_ + 1];
    if (c == 'u' || c == 'x' || c == 'U') return take_code(out, c == 'x' ? 2 : c == 'u' ? 4 : 8);
    if (c >= '0' && c <= '7') fail_at(line_, "octal escapes in strings are not supported");
    const size_t found = kLetters.find(c);
    at_ += 2;
    if (found < kMeanings.size()) out += kMeanings[found];
    if (found == kLetters.npos) out.append("\\").append(1, c);
  }

  void take_code(std::string& out, size_t digits) {
    const std::string hex(text_.substr(at_ + 2, digits));
    if (hex.size() != digits || hex.find_first_not_of("0123456789abcdefABCDEF") != hex.npos)
      fail_at(line_, concat("the escape \\", text_.substr(at_ + 1, 1 + digits), " is incomplete"));
    const auto code = static_cast<char32_t>(std::stoul(hex, nullptr, 16));
    const bool exists = code < 0x110000 && (code < 0xd800 || code >= 0xe000);
    tokenizer::append_utf8(out, exists ? code : 0xfffd);
    at_ += 2 + digits;
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  bool at_line_start_ = true;
  std::vector<Piece> pieces_;
};

}  // namespace

void fail_at(int line, const std::string& what) {
  throw_error(Fault::kInput, concat("the chat template, line ", line, ": ", what));
}

std::vector<Piece> cut_template(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!pair) plain += text[i] == '\r' ? '\n' : text[i];
  }
  if (plain.ends_with('\n')) plain.pop_back();
  return Lexer(plain).run();
}

}  // namespace r1::jinja
