#include "libr1/reward/number_words.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace r1 {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr Entry kScales[] = {{"hundred", "100"},
                             {"thousand", "1000"},
                             {"million", "1000000"},
                             {"billion", "1000000000"},
                             {"trillion", "1000000000000"},
                             {"quadrillion", "1000000000000000"},
                             {"quintillion", "1000000000000000000"},
                             {"score", "20"},
                             {"gross", "144"},
                             {"dozen", "12"},
                             {"lakh", "100000"},
                             {"crore", "10000000"},
                             {"百", "100"},
                             {"佰", "100"},
                             {"千", "1000"},
                             {"仟", "1000"},
                             {"万", "10000"},
                             {"萬", "10000"},
                             {"亿", "100000000"},
                             {"億", "100000000"}};

constexpr Entry kParts[] = {{"third", "3"},
                            {"fourth", "4"},
                            {"fifth", "5"},
                            {"sixth", "6"},
                            {"seventh", "7"},
                            {"eighth", "8"},
                            {"ninth", "9"},
                            {"tenth", "10"},
                            {"eleventh", "11"},
                            {"twelfth", "12"},
                            {"thirteenth", "13"},
                            {"fourteenth", "14"},
                            {"fifteenth", "15"},
                            {"sixteenth", "16"},
                            {"seventeenth", "17"},
                            {"eighteenth", "18"},
                            {"nineteenth", "19"},
                            {"twentieth", "20"},
                            {"thirtieth", "30"},
                            {"fortieth", "40"},
                            {"fiftieth", "50"},
                            {"sixtieth", "60"},
                            {"seventieth", "70"},
                            {"eightieth", "80"},
                            {"ninetieth", "90"},
                            {"hundredth", "100"},
                            {"thousandth", "1000"},
                            {"millionth", "1000000"},
                            {"billionth", "1000000000"},
                            {"trillionth", "1000000000000"}};

constexpr std::string_view kOthers[] = {
    "squared",  "cubed",    "factorial",  "plus",     "minus",    "divided", "half",    "halves",
    "not",      "inverse",  "twice",      "mil",      "bn",       "mn",      "zero",    "one",
    "two",      "three",    "four",       "five",     "six",      "seven",   "eight",   "nine",
    "ten",      "eleven",   "twelve",     "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen", "twenty",     "thirty",   "forty",    "fifty",   "sixty",   "seventy",
    "eighty",   "ninety",   "reciprocal", "permille", "‰",        "廿",      "卅"};

// Those that say what is counted where more follows: "5 negative integers", "5平方米".
constexpr std::string_view kLast[] = {"negative", "double", "triple", "root",
                                      "平方",     "立方",   "成",     "折"};

// Of Chinese words, whatever stands before them: "的平方".
constexpr std::string_view kEndings[] = {"的平方", "的立方", "次方", "次幂", "分之", "负"};

std::optional<std::string_view> digits_of(std::string_view word, const auto& table) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Entry& entry) {
    const std::string_view name = entry.first;
    return word == name ||
           (word.size() == name.size() + 1 && word.starts_with(name) && word.back() == 's');
  });
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace

std::optional<std::string_view> scale_word(std::string_view word) {
  return digits_of(word, kScales);
}

std::optional<std::string_view> part_word(std::string_view word) { return digits_of(word, kParts); }

bool changes_number_as_last(std::string_view word) {
  return std::find(std::begin(kLast), std::end(kLast), lower_case(word)) != std::end(kLast) ||
         std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](std::string_view ending) { return word.ends_with(ending); });
}

bool changes_number(std::string_view word) {
  const std::string lower = lower_case(word);
  if (scale_word(lower) || part_word(lower)) return true;
  const auto is_other = [](std::string_view name) {
    return std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers);
  };
  return is_other(lower) || (lower.ends_with('s') && is_other(std::string_view(lower).substr(
                                                         0, lower.size() - 1)));  // "factorials"
}

}  // namespace r1
