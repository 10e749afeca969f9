#include "libr1/reward/loose_extraction.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "libr1/reward/ascii.h"
#include "libr1/reward/math_latex.h"

namespace r1 {
namespace {

constexpr auto kNone = std::string_view::npos;

struct Span {
  size_t begin, end;
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view view(std::string_view text, Span span) {
  return trimmed(text.substr(span.begin, span.end - span.begin));
}

// The end of the last of some phrases, case aside; kNone when there is none.
size_t after_last_phrase(std::string_view text) {
  constexpr std::string_view kPhrases[] = {"answer is:", "answer is", "answer:", "答案是",
                                           "答案为",     "答案：",    "答案:"};
  for (size_t at = text.size(); at-- > 0;) {
    if (lower(text[at]) != 'a' && text[at] != kPhrases[3][0]) continue;
    for (const std::string_view phrase : kPhrases) {
      const std::string_view there = text.substr(at, phrase.size());
      if (std::equal(there.begin(), there.end(), phrase.begin(), phrase.end(),
                     [](char a, char b) { return lower(a) == b; }))
        return at + phrase.size();
    }
  }
  return kNone;
}

size_t end_of_sentence(std::string_view text, size_t begin) {
  for (size_t i = begin; i < text.size(); ++i) {
    const bool last = i + 1 == text.size();
    if (text[i] == '.' && (last || text[i + 1] == ' ' || text[i + 1] == '\n')) return i;
    if (text[i] == '\n' && i > begin && !trimmed(text.substr(begin, i - begin)).empty()) return i;
    if (text.substr(i).starts_with("<|") || text.substr(i).starts_with("。")) return i;
  }
  return text.size();
}

// Formulas with their delimiters, in order.
std::vector<Span> formulas(std::string_view text) {
  struct Delimiters {
    std::string_view open, close;
    size_t last;  // where `close` stands last: no search beyond it
  };
  Delimiters all[] = {{"$$", "$$", 0}, {"$", "$", 0}, {"\\(", "\\)", 0}, {"\\[", "\\]", 0}};
  for (Delimiters& each : all) each.last = text.rfind(each.close);
  std::vector<Span> spans;
  for (size_t i = 0; i < text.size();) {
    const auto found = std::find_if(std::begin(all), std::end(all), [&](const Delimiters& each) {
      return text.substr(i).starts_with(each.open);
    });
    if (found == std::end(all) || (i > 0 && text[i - 1] == '\\')) {
      ++i;
      continue;
    }
    const size_t begin = i + found->open.size();
    if (found->last == kNone || found->last < begin) {
      i = begin;
      continue;
    }
    const size_t end = text.find(found->close, begin) + found->close.size();
    spans.push_back({i, end});
    i = end;
  }
  return spans;
}

// Whether nothing but commas and the words that join answers stands there.
bool joins(std::string_view gap) {
  while (!(gap = trimmed(gap)).empty()) {
    const size_t before = gap.size();
    for (const std::string_view word :
         {"and", "or", ",", ";", "\\quad", "\\text{and}", "\\text{or}"})
      if (gap.starts_with(word)) gap.remove_prefix(word.size());
    if (gap.size() == before) return false;
  }
  return true;
}

std::optional<Span> last_formula_span(std::string_view text) {
  const std::vector<Span> spans = formulas(text);
  if (spans.empty()) return std::nullopt;
  Span result = spans.back();
  for (size_t i = spans.size() - 1; i > 0; --i) {
    const size_t end = spans[i - 1].end;
    if (end == result.begin || !joins(text.substr(end, result.begin - end))) break;
    result.begin = spans[i - 1].begin;
  }
  return result;
}

// A numeral that no letter touches, with its sign and with groups of three digits before it.
std::optional<Span> last_number_span(std::string_view text) {
  constexpr std::string_view kInside = "0123456789.,/";
  for (size_t end = text.size(); end > 0;) {
    if (!is_digit(text[end - 1])) {
      --end;
      continue;
    }
    size_t begin = end;
    while (begin > 0 && kInside.find(text[begin - 1]) != kNone) --begin;
    while (!is_digit(text[begin]) && !(text[begin] == '.' && is_digit(text[begin + 1]))) ++begin;
    const bool word = (begin > 0 && is_letter(text[begin - 1])) ||
                      (end < text.size() && is_letter(text[end]) && end - begin < 2);
    if (word) {
      end = begin;
      continue;
    }
    while (begin > 1 && end - begin >= 3 && text[begin - 1] == ' ' && is_digit(text[begin - 2])) {
      size_t group = begin - 1;
      while (group > 0 && is_digit(text[group - 1])) --group;
      if (begin - 1 - group > 3) break;
      begin = group;
    }
    const bool minus = begin > 0 && text[begin - 1] == '-' &&
                       (begin == 1 || (!is_digit(text[begin - 2]) && !is_letter(text[begin - 2])));
    return Span{begin - (minus ? 1 : 0), end};
  }
  return std::nullopt;
}

std::optional<Span> last_value(std::string_view text) {
  const auto formula = last_formula_span(text), number = last_number_span(text);
  if (!formula || (number && number->begin >= formula->end)) return number;
  return formula;
}

constexpr std::string_view kBoxed = "\\boxed";

// The first \boxed{ from there on.
size_t find_box(std::string_view text, size_t at) {
  for (at = text.find(kBoxed, at); at != kNone; at = text.find(kBoxed, at + 1))
    if (brace_at(text, at + kBoxed.size()) != kNone) break;
  return at;
}

// From \boxed{ to its brace, or to the end of the text.
Span box_at(std::string_view text, size_t at) {
  const size_t end = behind_braces(text, brace_at(text, at + kBoxed.size()));
  return {at, std::min(end, text.size())};
}

// The last box with those that stand shortly before it.
std::optional<Span> last_boxes(std::string_view text) {
  constexpr size_t kShort = 60;
  std::optional<Span> result;
  for (size_t at = find_box(text, 0); at != kNone;) {
    const Span box = box_at(text, at);
    const std::string_view gap = result ? text.substr(result->end, at - result->end) : "";
    const bool near =
        result && gap.size() <= kShort && gap.find("\n\n") == kNone && gap.find(". ") == kNone;
    result = Span{near ? result->begin : box.begin, box.end};
    at = find_box(text, box.end);
  }
  return result;
}

// What a single box holds; several are a list, with their boxes.
std::string_view in_box(std::string_view text, Span boxes) {
  if (box_at(text, boxes.begin).end != boxes.end) return view(text, boxes);
  const size_t open = brace_at(text, boxes.begin + kBoxed.size());
  const bool closed = behind_braces(text, open) != kNone;
  return view(text, {open + 1, boxes.end - (closed ? 1 : 0)});
}

// Words alone: "the answer is correct".
bool is_remark(std::string_view stated) {
  return stated.size() > 1 && is_letter(stated[0]) && is_letter(stated[1]) && !last_value(stated);
}

// No word of three letters but for LaTeX's, or no space at all.
bool is_one_formula(std::string_view text) {
  if (text.size() > 300) return false;
  const size_t delimiter = text.find('$');
  if (delimiter != kNone && delimiter > 0) return false;
  if (text.find_first_of(kWhiteSpace) == kNone && !is_letter(text[0])) return true;
  if (text.find_first_of("=") != kNone && text.find(' ') == kNone) return true;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && is_letter(text[end])) ++end;
    if (end - i >= 3 && (i == 0 || text[i - 1] != '\\')) return false;
    i = std::max(end, i + 1);
  }
  return true;
}

constexpr size_t kShortestPhrase = 7;  // bytes of "answer:"

// What may stand between "the answer is" and the answer.
constexpr std::string_view kBefore = " :\n*";

size_t begin_of_answer(std::string_view text, size_t phrase) {
  return std::min(text.find_first_not_of(kBefore, phrase), text.size());
}

// Whether what follows a phrase is a value that the answer is not; "not unique" is none.
bool is_denial(std::string_view text, size_t phrase) {
  const size_t begin = begin_of_answer(text, phrase);
  constexpr std::string_view kNot = "not ";
  const std::string_view there = text.substr(begin, kNot.size());
  const size_t next = begin + kNot.size();
  return next < text.size() && !is_letter(text[next]) &&
         std::equal(there.begin(), there.end(), kNot.begin(), kNot.end(),
                    [](char a, char b) { return lower(a) == b; });
}

// Whether a value stands in the sentence behind a phrase, and that says what the answer is not.
bool is_denied(std::string_view text, size_t phrase, Span value) {
  if (phrase == kNone || value.begin < phrase || !is_denial(text, phrase)) return false;
  const size_t begin = begin_of_answer(text, phrase);
  return value.end <= end_of_sentence(text, begin);
}

// "**5**": stars behind, when some were taken in front, and pairs of them in any case.
std::string_view without_emphasis(std::string_view text, bool opened) {
  for (;;) {
    const size_t stars = text.ends_with("**") ? 2 : opened && text.ends_with('*') ? 1 : 0;
    if (stars == 0) return text;
    text = trimmed(text.substr(0, text.size() - stars));
  }
}

// What the last phrase says, or one before it where that only says what the answer is not.
std::optional<std::string_view> stated_behind(std::string_view text, size_t begin) {
  while (begin != kNone) {
    if (is_denial(text, begin)) {
      text = text.substr(0, begin - kShortestPhrase);
      begin = after_last_phrase(text);
      continue;
    }
    const size_t phrase = begin;
    begin = begin_of_answer(text, phrase);
    const bool emphasis = text.substr(phrase, begin - phrase).find('*') != kNone;
    const std::string_view sentence = without_emphasis(
        trimmed(text.substr(begin, end_of_sentence(text, begin) - begin)), emphasis);
    if (sentence.empty()) return std::nullopt;
    const bool prose = sentence.size() > 1 && is_letter(sentence[0]) && is_letter(sentence[1]);
    const auto value = prose ? last_value(sentence) : std::nullopt;
    return value ? view(sentence, *value) : sentence;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> stated_answer(std::string_view text) {
  return stated_behind(text, after_last_phrase(text));
}

std::optional<std::string_view> last_formula(std::string_view text) {
  const auto span = last_formula_span(text);
  if (!span) return std::nullopt;
  return view(text, *span);
}

std::optional<std::string_view> any_answer(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  const size_t phrase = after_last_phrase(text);
  const auto stated = stated_behind(text, phrase);
  const auto boxes = last_boxes(text);
  const size_t stated_at = stated ? static_cast<size_t>(stated->data() - text.data()) : 0;
  if (stated && (!boxes || (stated_at >= boxes->end && !is_remark(*stated)))) return stated;
  if (boxes) return in_box(text, *boxes);
  if (is_one_formula(text)) return text;
  const auto value = last_value(text);
  if (value && is_denied(text, phrase, *value)) return std::nullopt;
  return value ? view(text, *value) : text;
}

}  // namespace r1
