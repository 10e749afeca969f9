#include "libr1/reward/math_unit.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace r1 {
namespace {

struct Unit {
  std::string_view names;  // parted by spaces
  std::string_view dimension;
  int64_t numerator, denominator;
};

constexpr Unit kUnits[] = {
    {"m meter meters metre metres 米", "length", 1, 1},
    {"dm decimeter decimeters decimetre decimetres 分米", "length", 1, 10},
    {"cm centimeter centimeters centimetre centimetres 厘米", "length", 1, 100},
    {"mm millimeter millimeters millimetre millimetres 毫米", "length", 1, 1000},
    {"km kilometer kilometers kilometre kilometres 千米 公里", "length", 1000, 1},
    {"in inch inches", "length", 254, 10000},
    {"ft foot feet", "length", 3048, 10000},
    {"yd yard yards", "length", 9144, 10000},
    {"mi mile miles", "length", 1609344, 1000},
    {"s sec secs second seconds 秒", "time", 1, 1},
    {"min mins minute minutes 分钟", "time", 60, 1},
    {"h hr hrs hour hours 小时", "time", 3600, 1},
    {"day days 天", "time", 86400, 1},
    {"week weeks 周", "time", 604800, 1},
    {"g gram grams 克", "mass", 1, 1},
    {"kg kilogram kilograms 千克 公斤", "mass", 1000, 1},
    {"mg milligram milligrams", "mass", 1, 1000},
    {"ton tons tonne tonnes 吨", "mass", 1000000, 1},
    {"lb lbs pound pounds", "mass", 45359237, 100000},
    {"oz ounce ounces", "mass", 45359237, 1600000},
    {"l L liter liters litre litres 升", "volume", 1, 1},
    {"ml mL milliliter milliliters millilitre millilitres 毫升", "volume", 1, 1000},
    {"gallon gallons", "volume", 473176473, 125000000},
    {"month months", "calendar", 1, 1},
    {"year years yr yrs 年", "calendar", 12, 1},
    {"decade decades", "calendar", 120, 1},
    {"century centuries", "calendar", 1200, 1},
    {"am", "morning", 1, 1},
    {"pm", "afternoon", 1, 1},
    {"dollar dollars usd USD", "money", 1, 1},
    {"cent cents", "money", 1, 100},
    {"euro euros EUR", "euro", 1, 1},
    {"sterling GBP", "sterling", 1, 1},
    {"元 yuan RMB yen", "yuan", 1, 1},
    {"% percent pct percentage percents", "percent", 1, 1},
    {"degree degrees 度", "angle", 1, 1},
    {"radian radians rad", "radian", 1, 1},
    {"celsius Celsius", "celsius", 1, 1},
    {"kelvin kelvins", "kelvin", 1, 1},
    {"fahrenheit Fahrenheit", "fahrenheit", 1, 1},
};

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits)
    for (std::string_view names = unit.names; !names.empty();) {
      const size_t end = std::min(names.find(' '), names.size());
      if (names.substr(0, end) == name) return &unit;
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  return nullptr;
}

// Of a unit: more is no unit that anyone means.
constexpr size_t kLongestName = 200, kMostFactors = 64;

bool is_temperature(std::string_view dimension) {
  return dimension == "celsius" || dimension == "fahrenheit";
}

// A unit with its exponent, which words say too: "square inches", "cm^2", "degrees Celsius".
struct Power {
  const Unit* unit = nullptr;
  int exponent = 1;
};

Power power_of(std::string_view name) {
  Power result;
  for (const auto& [word, exponent] : {std::pair<std::string_view, int>{"square ", 2},
                                       {"sq ", 2},
                                       {"cubic ", 3},
                                       {"平方", 2},
                                       {"立方", 3}})
    if (name.starts_with(word)) {
      result.exponent = exponent;
      name.remove_prefix(word.size());
    }
  for (const auto& [word, exponent] :
       {std::pair<std::string_view, int>{" squared", 2}, {" cubed", 3}})
    if (name.ends_with(word)) {
      result.exponent = exponent;
      name.remove_suffix(word.size());
    }
  for (const std::string_view word : {"degree ", "degrees "})
    if (name.starts_with(word)) {
      const Unit* unit = find_unit(name.substr(word.size()));
      if (unit && is_temperature(unit->dimension)) name.remove_prefix(word.size());
    }
  const size_t raised = name.find('^');  // "^2", "^-2"; of several factors each has its own
  if (raised != name.npos && name.find(' ', raised) == name.npos) {
    result.exponent = (name.back() - '0') * (name[raised + 1] == '-' ? -1 : 1);
    name = name.substr(0, raised);
  }
  result.unit = find_unit(name);
  return result;
}

// Factors next to each other: "N m". False when one is no unit.
bool multiply_into(std::string_view name, int sign, std::map<std::string_view, int>& dimensions,
                   MathUnit& result) {
  const Power power = power_of(name);
  if (power.unit == nullptr) {
    const size_t space = name.rfind(' ');
    return space != name.npos && multiply_into(name.substr(0, space), sign, dimensions, result) &&
           multiply_into(name.substr(space + 1), sign, dimensions, result);
  }
  const int exponent = sign * power.exponent;
  dimensions[power.unit->dimension] += exponent;
  for (int i = 0; i < std::abs(exponent); ++i) {
    (exponent > 0 ? result.multipliers : result.divisors).push_back(power.unit->numerator);
    (exponent > 0 ? result.divisors : result.multipliers).push_back(power.unit->denominator);
  }
  return true;
}

// A whole name as factors and divisors; nothing when a part of it is no unit.
struct Product {
  MathUnit unit;
  std::map<std::string_view, int> dimensions;
};

std::optional<Product> product_of(std::string_view name) {
  Product result;
  int sign = 1;
  for (std::string_view rest = name; !rest.empty(); sign = -1) {
    size_t at = rest.size(), size = 0;
    for (const std::string_view per : {" per ", "/"})
      if (const size_t found = rest.find(per); found < at) at = found, size = per.size();
    if (!multiply_into(rest.substr(0, at), sign, result.dimensions, result.unit))
      return std::nullopt;
    rest.remove_prefix(std::min(at + size, rest.size()));
  }
  return result;
}

std::string_view last_word(std::string_view name) { return name.substr(name.rfind(' ') + 1); }

// "an hour" behind "miles": a divisor said in other words, which is not looked into.
bool is_rate(std::string_view rest) {
  for (const std::string_view word : {"a ", "an ", "each ", "every "})
    if (rest.starts_with(word)) return true;
  return false;
}

// The longest leading part that is a unit: of "cm^2 of paper" "cm^2". "in" may be an inch only
// where nothing follows: "5 in total".
std::optional<Product> leading_product(std::string_view name) {
  for (std::string_view part = name; !part.empty();) {
    const bool whole = part.size() == name.size();
    if (whole || last_word(part) != "in") {
      auto product = product_of(part);
      if (product && !whole && is_rate(name.substr(part.size() + 1))) return std::nullopt;
      if (product) return product;
    }
    const size_t space = part.rfind(' ');
    part = part.substr(0, space == part.npos ? 0 : space);
  }
  return std::nullopt;
}

// Words of which only one can be true of an answer.
constexpr std::string_view kOpposites[] = {
    "north south east west northeast northwest southeast southwest",
    "left right",
    "up down",
    "upward downward",
    "upwards downwards",
    "above below",
    "before after",
    "ahead behind",
    "clockwise counterclockwise anticlockwise",
    "increase decrease",
    "profit loss",
    "gain loss",
    "more less",
    "more fewer",
    "older younger",
    "longer shorter"};

// The first word of a text that is one of the group; empty when none is.
std::string_view word_of(std::string_view text, std::string_view group) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    for (std::string_view rest = group; !rest.empty();) {
      const std::string_view member = rest.substr(0, rest.find(' '));
      if (word == member) return member;
      rest.remove_prefix(std::min(member.size() + 1, rest.size()));
    }
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return {};
}

}  // namespace

std::optional<MathUnit> unit_of(const std::string& name) {
  if (name.size() > kLongestName) return std::nullopt;
  auto product = leading_product(name);
  if (!product) return std::nullopt;
  MathUnit& result = product->unit;
  if (result.multipliers.size() + result.divisors.size() > kMostFactors) return std::nullopt;
  for (const auto& [dimension, exponent] : product->dimensions) {
    if (exponent == 0) continue;
    if (!result.dimension.empty()) result.dimension += '*';
    result.dimension += dimension;
    if (exponent != 1) result.dimension += '^' + std::to_string(exponent);
  }
  return result;
}

bool same_degrees(std::string_view a, std::string_view b) {
  return (a == "angle" && is_temperature(b)) || (b == "angle" && is_temperature(a));
}

bool say_opposites(std::string_view a, std::string_view b) {
  for (const std::string_view group : kOpposites) {
    const std::string_view left = word_of(a, group), right = word_of(b, group);
    if (!left.empty() && !right.empty() && left != right) return true;
  }
  return false;
}

}  // namespace r1
