#include "libr1/reward/choice.h"

#include <algorithm>
#include <string>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/reward/math_latex.h"

namespace r1 {
namespace {

constexpr size_t kLongestAnswer = 2000;  // bytes: what is longer is a text, not a choice

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Full-width letters, brackets and stops as those of ASCII: U+FF01 to U+FF5E are three bytes, EF BC
// 81 to EF BD 9E.
std::string narrowed(std::string_view text) {
  std::string result;
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  for (size_t at = 0; at < text.size(); ++at) {
    const bool wide =
        at + 2 < text.size() && byte(at) == 0xef && (byte(at + 1) == 0xbc || byte(at + 1) == 0xbd);
    const int code = wide ? (byte(at + 1) - 0xbc) * 64 + byte(at + 2) - 0x80 : 0;
    if (wide && code >= 1 && code <= 94) {
      result += static_cast<char>(0x20 + code);
      at += 2;
    } else {
      result += text[at];
    }
  }
  for (const auto& [from, to] : {std::pair{"【", "["}, {"】", "]"}, {"。", "."}, {"、", ","}})
    for (size_t at = result.find(from); at != result.npos; at = result.find(from, at))
      result.replace(at, 3, to);
  return result;
}

// Takes a word of the list, in any case, from the front; false when none is there.
bool take_word(std::string_view& text) {
  static constexpr std::string_view kWords[] = {
      "the",       "my",     "final",  "correct", "best",  "right", "answer", "answers",
      "option",    "choice", "letter", "is",      "would", "be",    "so",     "thus",
      "therefore", "hence",  "答案",   "正确",    "选项",  "选择",  "应选",   "应为",
      "故选",      "选",     "是",     "为",      "的",    "故",    "所以",   "因此"};
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\r:,"), text.size()));
  for (const std::string_view word : kWords) {
    if (text.size() < word.size()) continue;
    const bool equal = std::equal(word.begin(), word.end(), text.begin(),
                                  [](char a, char b) { return upper(a) == upper(b); });
    const bool ends =
        !is_letter(word.front()) || text.size() == word.size() || !is_letter(text[word.size()]);
    if (!equal || !ends) continue;
    text.remove_prefix(word.size());
    return true;
  }
  return false;
}

constexpr std::string_view kMarks[] = {"**", "__", "*", "_", "`", "$", "\""};
constexpr std::string_view kCommands[] = {"\\text{",   "\\textbf{", "\\mathrm{",
                                          "\\mathbf{", "\\boxed{",  "\\mathbb{"};

// Marks of emphasis and mathematics around the whole, or around all but a full stop.
std::string_view undressed(std::string_view text) {
  for (bool changed = true; changed;) {
    changed = false;
    text = trimmed(text);
    const std::string_view whole = text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
    for (const std::string_view mark : kMarks)
      for (const std::string_view inner : {text, whole})
        if (!changed && inner.size() > 2 * mark.size() && inner.starts_with(mark) &&
            inner.ends_with(mark)) {
          text = inner.substr(mark.size(), inner.size() - 2 * mark.size());
          changed = true;
        }
    for (const std::string_view command : kCommands)
      if (text.starts_with(command) && behind_braces(text, command.size() - 1) == text.size()) {
        text = text.substr(command.size(), text.size() - command.size() - 1);
        changed = true;
      }
  }
  return text;
}

// "**(B)** Paris" as "(B) Paris": the letter alone is dressed.
std::string without_dress_in_front(std::string_view text) {
  constexpr size_t kLongestLetter = 4;  // "(B).", and its like
  const auto bared = [&](size_t begin, size_t end, size_t size) {
    if (end == text.npos || end == begin || end - begin > kLongestLetter) return std::string();
    return concat(text.substr(begin, end - begin), text.substr(end + size));
  };
  for (const std::string_view mark : kMarks)
    if (text.starts_with(mark))
      if (auto bare = bared(mark.size(), text.find(mark, mark.size()), mark.size()); !bare.empty())
        return bare;
  for (const std::string_view command : kCommands)
    if (text.starts_with(command))
      if (const size_t behind = behind_braces(text, command.size() - 1); behind != text.npos)
        if (auto bare = bared(command.size(), behind - 1, 1); !bare.empty()) return bare;
  return std::string(text);
}

// "B. Paris": what follows the letter is its text, unless it names letters again.
bool names_letters(std::string_view rest) {
  rest = trimmed(rest);
  for (const std::string_view word : {"or ", "and ", "或", "和", "& ", "/"})
    if (rest.starts_with(word)) return true;
  for (size_t at = 0; at < rest.size(); ++at) {
    if (!(rest[at] >= 'A' && rest[at] <= 'Z')) continue;
    if (at > 0 && is_letter(rest[at - 1])) continue;
    const char after = at + 1 < rest.size() ? rest[at + 1] : '\0';
    if ((at == 0 && !is_letter(after) && after != ' ') || after == '.' || after == ')') return true;
  }
  return false;
}

}  // namespace

std::optional<char> parse_choice(std::string_view text) {
  if (text.size() > kLongestAnswer) return std::nullopt;
  const std::string plain = narrowed(text);
  std::string_view rest = undressed(plain);
  bool announced = false;
  while (take_word(rest)) announced = true;
  const std::string bare = without_dress_in_front(undressed(rest));
  rest = bare;
  const char open = rest.empty() ? '\0' : rest.front();
  const bool bracketed = open == '(' || open == '[';
  if (bracketed) rest = rest.substr(1);
  if (rest.empty() || !is_letter(rest.front())) return std::nullopt;
  const char letter = rest.front();
  rest.remove_prefix(1);
  if (bracketed) {
    if (rest.empty() || rest.front() != (open == '(' ? ')' : ']')) return std::nullopt;
    rest.remove_prefix(1);
  }
  if (trimmed(rest).empty()) return upper(letter);
  // More follows: only a capital letter with a stop, a bracket or a colon after it is a choice.
  const bool marked =
      bracketed || rest.front() == '.' || rest.front() == ')' || rest.front() == ':';
  const bool is_stop = trimmed(rest) == "." || trimmed(rest) == ")";
  if (is_stop && (announced || bracketed || upper(letter) == letter)) return upper(letter);
  if (!marked || upper(letter) != letter) return std::nullopt;
  const bool separate =
      bracketed || rest.size() < 2 || rest[1] == ' ' || rest[1] == '\n' || (rest[1] & 0x80) != 0;
  if (!separate || names_letters(rest.substr(bracketed ? 0 : 1))) return std::nullopt;
  return letter;
}

Judgement verify_choice(std::string_view reference, std::string_view answer) {
  const auto shown = [](std::string_view text) { return std::string(text.substr(0, 40)); };
  const auto expected = parse_choice(reference);
  if (!expected)
    return {Verdict::kUnverifiable, concat("the reference ", shown(reference), " is no letter")};
  const auto found = parse_choice(answer);
  if (!found) return {Verdict::kWrong, concat("the answer ", shown(answer), " is no letter")};
  if (*found == *expected) return {Verdict::kCorrect, "equal to the reference"};
  return {Verdict::kWrong, concat("answer ", *found, ", expected ", *expected)};
}

}  // namespace r1
