#include "libr1/reward/math_latex.h"

#include "libr1/reward/ascii.h"

namespace r1 {

size_t behind_braces(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '{')
      ++depth;
    else if (text[i] == '}' && --depth == 0)
      return i + 1;
  }
  return text.npos;
}

size_t brace_at(std::string_view text, size_t at) {
  const size_t next = text.find_first_not_of(kWhiteSpace, at);
  return next != text.npos && text[next] == '{' ? next : text.npos;
}

size_t row_gap(std::string_view text) {
  if (!text.starts_with('[')) return 0;
  size_t at = 1;
  if (at < text.size() && text[at] == '-') ++at;
  const size_t digits = at;
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  const size_t unit = at;
  while (at < text.size() && is_letter(text[at])) ++at;
  return unit > digits && at == unit + 2 && text.substr(at).starts_with(']') ? at + 1 : 0;
}

std::optional<std::string> marked_name(std::string_view mark, std::string_view covered) {
  covered = trimmed(covered);
  const bool command = covered.starts_with('\\');
  if (command) covered.remove_prefix(1);
  std::string letters;
  for (const char c : covered) {
    if (c == ' ' || c == '{' || c == '}') continue;
    if (!is_letter(c) && (command || (!is_digit(c) && c != '_' && c != '\''))) return std::nullopt;
    letters += c;
  }
  if (letters.empty() || !(is_letter(letters[0]) || mark == "angle")) return std::nullopt;
  const bool unit_vector = letters == "i" || letters == "j" || letters == "k";
  if (mark == "arrow" && (letters.size() == 1 || command)) return letters;
  if (mark == "hat" && unit_vector) return letters;
  return std::string(mark) + ' ' + letters;
}

}  // namespace r1
