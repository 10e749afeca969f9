#include "libr1/reward/math_strings.h"

#include <algorithm>

#include "libr1/reward/ascii.h"

namespace r1 {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::string result;
  size_t at = 0;
  for (size_t next; (next = text.find(from, at)) != text.npos; at = next + from.size())
    result.append(text, at, next - at).append(to);
  text = result.append(text, at);
}

constexpr std::pair<std::string_view, std::string_view> kReplaced[] = {
    {"an ", ""},          {"a ", ""},
    {".$", "$"},          {"\\$", ""},
    {"\\ ", ""},          {" ", ""},
    {"mbox", "text"},     {",\\text{and}", ","},
    {"\\text{and}", ","}, {"\\text{m}", "\\text{}"}};

constexpr std::string_view kRemoved[] = {"square",       "ways",
                                         "integers",     "dollars",
                                         "mph",          "inches",
                                         "ft",           "hours",
                                         "km",           "units",
                                         "\\ldots",      "sue",
                                         "points",       "feet",
                                         "minutes",      "digits",
                                         "cents",        "degrees",
                                         "cm",           "gm",
                                         "pounds",       "meters",
                                         "meals",        "edges",
                                         "students",     "childrentickets",
                                         "multiples",    "\\text{s}",
                                         "\\text{.}",    "\\text{\ns}",
                                         "\\text{}^2",   "\\text{}^3",
                                         "\\text{\n}",   "\\text{}",
                                         "\\mathrm{th}", "^\\circ",
                                         "^{\\circ}",    "\\;",
                                         ",\\!",         "{,}",
                                         "\"",           "\\dots"};

// Of the first "$...$" its inside.
void take_formula(std::string& text) {
  const size_t open = text.find('$');
  const size_t close = open == text.npos ? open : text.find('$', open + 1);
  if (close != text.npos) text = text.substr(open + 1, close - open - 1);
}

// "\command{inside}" becomes "inside", up to the first brace that closes.
void unwrap(std::string& text, std::string_view command) {
  std::string result;
  size_t at = 0;
  while (true) {
    const size_t open = text.find(command, at);
    const size_t begin = open == text.npos ? open : open + command.size();
    const size_t close = open == text.npos ? open : text.find('}', begin);
    if (close == text.npos) break;
    result.append(text, at, open - at).append(text, begin, close - begin);
    at = close + 1;
  }
  text = result.append(text, at);
}

// \boxed{...} reaches to the last brace.
void take_boxed(std::string& text) {
  const size_t open = text.find("\\boxed{"), close = text.rfind('}');
  if (open == text.npos || close == text.npos || close < open) return;
  text = text.substr(0, open) + text.substr(open + 7, close - open - 7) + text.substr(close + 1);
}

// \fracab becomes \frac{a}{b}, \sqrta becomes \sqrt{a}.
void add_braces(std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (rest.starts_with("frac") && rest.size() > 5 && rest[4] != '{') {
      result.append("frac{").append(1, rest[4]).append("}{").append(1, rest[5]).append("}");
      at += 6;
    } else if (rest.starts_with("sqrt") && rest.size() > 4 && rest[4] != '{') {
      result.append("sqrt{").append(1, rest[4]).append("}");
      at += 5;
    } else {
      result += text[at++];
    }
  }
  text = std::move(result);
}

}  // namespace

std::optional<std::string> integer_text(std::string_view text) {
  text = trimmed(text);
  for (const std::string_view open : {"$", "\\boxed{", "$"}) {
    const std::string_view close = open == "$" ? "$" : "}";
    if (text.size() > open.size() && text.starts_with(open) && text.ends_with(close))
      text = trimmed(text.substr(open.size(), text.size() - open.size() - 1));
  }
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  return (negative && text != "0" ? "-" : "") + std::string(text);
}

std::string minerva_text(std::string_view text) {
  std::string result(text.substr(text.rfind('=') + 1));
  for (const auto& [from, to] : kReplaced) replace_all(result, from, to);
  for (const std::string_view expression : kRemoved) replace_all(result, expression, "");
  take_formula(result);
  for (const std::string_view command : {"\\text{", "\\textbf{", "\\overline{"})
    unwrap(result, command);
  take_boxed(result);
  add_braces(result);
  replace_all(result, "$", "");
  std::string digits = result;
  replace_all(digits, ",", "");
  if (!digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit)) return digits;
  return std::string(trimmed(result));
}

}  // namespace r1
