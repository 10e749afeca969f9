#include "libr1/tokenizer/oniguruma.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "libr1/core/error.h"

namespace r1::tokenizer {
namespace {

// PCRE2's own \s counts U+180E, and its \w leaves out marks and connector punctuation. Oniguruma's
// \w outside of a class also counts the superscripts and fractions of Latin-1, and no others.
constexpr std::string_view kWordInClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
constexpr std::string_view kWord = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\xb2\\xb3\\xb9\\xbc-\\xbe";

// \p{name} with one of these, or a general category of one or two letters, means the same here and
// there. Any other name is that of a script.
constexpr std::array<std::string_view, 8> kProperties = {
    "Any",       "Alphabetic", "White_Space", "Join_Control",
    "Lowercase", "Uppercase",  "Emoji",       "Extended_Pictographic"};

// Letters that equal a single character when case is ignored ("ss" and U+00DF): in Oniguruma only.
constexpr std::array<std::string_view, 5> kFoldingPairs = {"ss", "ff", "fi", "fl", "st"};

std::string lowercase_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

bool has_non_ascii(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

class Translation {
 public:
  explicit Translation(std::string_view pattern) : in_(pattern) {}

  TranslatedRegex run() {
    while (at_ < in_.size() && refusal_.empty()) {
      const char c = in_[at_];
      if (c == '\\') {
        escape(/*in_class=*/false);
      } else if (c == '[') {
        character_class();
      } else if (c == '(') {
        group();
      } else if (c == '{') {
        interval();
      } else {
        copy(1);
      }
    }
    return {out_, refusal_};
  }

 private:
  bool next_is(std::string_view text) const { return in_.substr(at_).starts_with(text); }
  char peek(size_t ahead) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  void copy(size_t n) {
    out_ += in_.substr(at_, n);
    at_ += n;
  }
  void replace(size_t n, std::string_view by) {
    out_ += by;
    at_ += n;
  }
  void refuse(std::string_view what) {
    refusal_ = concat(what, " at offset ", at_, " is not supported");
  }

  // Where the group that is open at `from` closes; the end of the pattern when it does not.
  size_t group_end(size_t from) const {
    int depth = 1;
    bool in_class = false;
    for (size_t i = from; i < in_.size(); ++i) {
      const char c = in_[i];
      if (c == '\\') {
        ++i;
      } else if (in_class || c == '[') {
        in_class = c != ']';
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        return i;
      }
    }
    return in_.size();
  }

  void check_folding(std::string_view scope) {
    const std::string lower = lowercase_ascii(scope);
    for (std::string_view pair : kFoldingPairs)
      if (lower.find(pair) != lower.npos)
        return refuse(concat("\"", pair, "\" where case is ignored,"));
    if (has_non_ascii(scope)) refuse("a character beyond ASCII where case is ignored,");
  }

  bool begins_branch() const {
    const std::string_view before = std::string_view(in_).substr(0, at_);
    if (before.empty() || before.back() == '|' || before.back() == '(') return true;
    for (std::string_view open : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"})
      if (before.ends_with(open)) return true;
    return false;
  }

  void group() {
    if (next_is("(*")) return refuse("the verb (*");
    if (!next_is("(?")) return copy(1);
    for (std::string_view same : {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!"})
      if (next_is(same)) return copy(same.size());
    size_t end = at_ + 2;
    while (end < in_.size() && (in_[end] == 'i' || in_[end] == '-')) ++end;
    if (end == at_ + 2 || end == in_.size() || (in_[end] != ':' && in_[end] != ')'))
      return refuse(concat("the group ", in_.substr(at_, end + 1 - at_)));
    // Within a branch, Oniguruma's (?i) takes the branches behind it into a group of its own.
    if (in_[end] == ')' && !begins_branch()) return refuse("(?i) within a branch");
    // (?i) reaches to the end of the group around it; the rest of the pattern covers that.
    const size_t scope_end = in_[end] == ':' ? group_end(end + 1) : in_.size();
    check_folding(in_.substr(end + 1, scope_end - end - 1));
    copy(end + 1 - at_);
  }

  void interval() {  // {n}, {n,}, {n,m}; any other brace is a character in both dialects
    size_t end = at_ + 1;
    while (end < in_.size() && (std::isdigit(static_cast<unsigned char>(in_[end])) != 0)) ++end;
    const bool exact = end < in_.size() && in_[end] == '}';
    const bool no_lowest = end == at_ + 1;
    if (no_lowest) return in_.substr(end, 1) == "," ? refuse("the interval {,") : copy(1);
    while (end < in_.size() && in_[end] != '}') ++end;
    copy(end + 1 - at_);
    if (next_is("+")) return refuse("+ after an interval");  // possessive in one dialect only
    if (exact && next_is("?")) refuse("? after {n}");        // lazy in one dialect only
  }

  void character_class() {
    copy(next_is("[^") ? 2 : 1);
    if (next_is("]")) return refuse("the empty character class");
    while (at_ < in_.size() && in_[at_] != ']' && refusal_.empty()) {
      if (in_[at_] == '\\') {
        escape(/*in_class=*/true);
      } else if (in_[at_] == '[') {
        return refuse("the nested or POSIX character class");
      } else if (next_is("&&")) {
        return refuse("the class intersection &&");
      } else {
        copy(1);
      }
    }
    if (refusal_.empty() && at_ < in_.size()) copy(1);
  }

  void escape(bool in_class) {
    const char c = peek(1);
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      if (static_cast<unsigned char>(c) >= 0x80) return replace(1, "");  // the character itself
      return copy(2);
    }
    switch (c) {
      case 's':
        return replace(2, "\\p{White_Space}");
      case 'S':
        return replace(2, "\\P{White_Space}");
      case 'd':
        return replace(2, "\\p{Nd}");
      case 'D':
        return replace(2, "\\P{Nd}");
      case 'w':
        return replace(2, in_class ? std::string(kWordInClass) : concat("[", kWord, "]"));
      case 'h':
        return replace(2, in_class ? "0-9A-Fa-f" : "[0-9A-Fa-f]");
      case 'v':
        return replace(2, "\\x0b");
      case 'r':
      case 'n':
      case 't':
      case 'f':
      case 'a':
      case 'e':
        return copy(2);
      case 'p':
      case 'P':
        return property();
      case 'x':
        return hexadecimal();
      case 'u':
        return code_unit();
      default:
        break;
    }
    if (in_class) {
      if (c == 'b') return replace(2, "\\x08");
      return refuse(concat("\\", c, " in a character class"));
    }
    assertion(c);
  }

  void assertion(char c) {
    switch (c) {
      case 'A':
      case 'z':
      case 'Z':
        return copy(2);
      case 'W':
        return replace(2, concat("[^", kWord, "]"));
      case 'H':
        return replace(2, "[^0-9A-Fa-f]");
      case 'b':
        return replace(2, concat("(?:(?<=[", kWord, "])(?![", kWord, "])|(?<![", kWord, "])(?=[",
                                 kWord, "]))"));
      case 'B':
        return replace(2, concat("(?:(?<=[", kWord, "])(?=[", kWord, "])|(?<![", kWord, "])(?![",
                                 kWord, "]))"));
      default:
        return refuse(concat("\\", c));
    }
  }

  void property() {
    const size_t end = in_.find('}', at_);
    if (peek(2) != '{' || end == in_.npos) return refuse("\\p without {name}");
    std::string_view name = in_.substr(at_ + 3, end - at_ - 3);
    const std::string_view negated = name.starts_with("^") ? "^" : "";
    name.remove_prefix(negated.size());
    const bool script = name.size() > 2 && std::find(kProperties.begin(), kProperties.end(),
                                                     name) == kProperties.end();
    // A bare script name would be Script_Extensions to PCRE2.
    replace(end + 1 - at_, concat("\\", peek(1), "{", negated, script ? "sc:" : "", name, "}"));
  }

  bool hexadecimal_digits(size_t from, size_t count) const {
    for (size_t i = 0; i < count; ++i)
      if (std::isxdigit(static_cast<unsigned char>(peek(from + i))) == 0) return false;
    return true;
  }

  void hexadecimal() {
    if (peek(2) == '{') {
      const size_t end = in_.find('}', at_);
      if (end == in_.npos) return refuse("\\x{ without }");
      return copy(end + 1 - at_);
    }
    // Two digits name a byte there and a character here; they agree below 0x80.
    if (!hexadecimal_digits(2, 2) || peek(2) > '7')
      return refuse("\\x without two digits below 80");
    copy(4);
  }

  void code_unit() {
    if (!hexadecimal_digits(2, 4)) return refuse("\\u without four digits");
    const std::string digits(in_.substr(at_ + 2, 4));
    replace(6, concat("\\x{", digits, "}"));
  }

  std::string_view in_;
  size_t at_ = 0;
  std::string out_;
  std::string refusal_;
};

}  // namespace

TranslatedRegex pcre2_from_oniguruma(std::string_view pattern) {
  return Translation(pattern).run();
}

}  // namespace r1::tokenizer
