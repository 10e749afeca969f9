#include "libr1/reward/chinese_number.h"

#include <cstdint>

namespace r1 {
namespace {

struct Numeral {
  std::string_view sign;
  int64_t value;  // a digit, or a power of ten
};

constexpr Numeral kNumerals[] = {
    {"〇", 0},     {"零", 0},         {"一", 1},        {"二", 2},    {"两", 2},    {"兩", 2},
    {"三", 3},     {"四", 4},         {"五", 5},        {"六", 6},    {"七", 7},    {"八", 8},
    {"九", 9},     {"壹", 1},         {"贰", 2},        {"貳", 2},    {"叁", 3},    {"肆", 4},
    {"伍", 5},     {"陆", 6},         {"柒", 7},        {"捌", 8},    {"玖", 9},    {"十", 10},
    {"拾", 10},    {"百", 100},       {"佰", 100},      {"千", 1000}, {"仟", 1000}, {"万", 10000},
    {"萬", 10000}, {"亿", 100000000}, {"億", 100000000}};

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<int64_t> take_numeral(std::string_view& text) {
  for (const Numeral& numeral : kNumerals)
    if (take(text, numeral.sign)) return numeral.value;
  return std::nullopt;
}

// Digits alone, as in years: 二〇二四. Leaves what it has not read in `text`.
std::string take_plain_digits(std::string_view& text) {
  std::string digits;
  for (std::string_view rest = text;; text = rest) {
    const auto value = take_numeral(rest);
    if (!value || *value > 9 || digits.size() >= 100) return digits;
    digits += static_cast<char>('0' + *value);
  }
}

// Digits each followed by a lower power of ten, in groups of 万 and 亿.
std::optional<int64_t> take_positional(std::string_view& text) {
  int64_t total = 0, group = 0, digit = -1;
  int64_t last_power = 100000, last_group = INT64_MAX, before = 0;
  bool any = false, zero = false;
  for (std::string_view rest = text;; text = rest) {
    const auto value = take_numeral(rest);
    if (!value) break;
    if (*value == 0) {
      if (digit > 0) return std::nullopt;
      zero = true;
    } else if (*value <= 9) {
      if (digit > 0) return std::nullopt;
      digit = *value;
    } else if (*value <= 1000) {
      if (*value >= last_power) return std::nullopt;
      if (digit < 0 && (*value != 10 || group > 0)) return std::nullopt;
      group += (digit < 0 ? 1 : digit) * *value;
      digit = -1;
      last_power = *value;
    } else {
      group += digit < 0 ? 0 : digit;
      if (group == 0 || *value >= last_group) return std::nullopt;
      total += group * *value;
      group = 0;
      digit = -1;
      last_power = 100000;
      last_group = *value;
    }
    if (*value > 9) {
      before = *value;
      zero = false;
    }
    any = true;
  }
  // 三百五 is 350 in speech and 305 by the rule: not guessed at.
  if (!any || (digit > 0 && before > 10 && !zero)) return std::nullopt;
  return total + group + (digit < 0 ? 0 : digit);
}

std::optional<std::string> take_whole(std::string_view& text) {
  std::string_view plain = text, positional = text;
  const std::string digits = take_plain_digits(plain);
  if (std::string_view rest = plain; digits.size() >= 2 && !take_numeral(rest)) {
    text = plain;
    return digits;
  }
  const auto value = take_positional(positional);
  if (!value) return std::nullopt;
  text = positional;
  return std::to_string(*value);
}

// A whole number with or without a decimal part.
std::optional<std::string> take_decimal(std::string_view& text) {
  auto whole = take_whole(text);
  std::string_view rest = text;
  if (!whole || !take(rest, "点")) return whole;
  const std::string fraction = take_plain_digits(rest);
  if (fraction.empty()) return whole;
  text = rest;
  return *whole + "." + fraction;
}

}  // namespace

std::optional<ChineseNumber> take_chinese_number(std::string_view text) {
  const size_t size = text.size();
  ChineseNumber result;
  const auto done = [&]() -> std::optional<ChineseNumber> {
    std::string_view rest = text;
    if (take_numeral(rest)) return std::nullopt;  // ends within a number that is not well-formed
    result.bytes = size - text.size();
    return result;
  };
  if (take(text, "半")) {
    result = {"1", "2"};
    return done();
  }
  if (take(text, "百分之")) {
    const auto share = take_decimal(text);
    if (!share) return std::nullopt;
    result = {*share, "1", true};
    return done();
  }
  auto first = take_decimal(text);
  if (!first) return std::nullopt;
  std::string_view rest = text;
  int64_t whole = 0;
  std::optional<std::string> denominator = first;
  if (take(rest, "又")) {
    denominator = take_whole(rest);
    if (first->size() > 9 || first->find('.') != first->npos) return std::nullopt;
    whole = std::stoll(*first);
  }
  if (denominator && take(rest, "分之")) {
    const auto numerator = take_whole(rest);
    if (!numerator || numerator->size() > 9 || denominator->size() > 9 ||
        denominator->find('.') != denominator->npos || std::stoll(*denominator) == 0)
      return std::nullopt;
    text = rest;
    result = {std::to_string(whole * std::stoll(*denominator) + std::stoll(*numerator)),
              *denominator};
    return done();
  }
  result.numerator = *first;
  return done();
}

}  // namespace r1
