#include "libr1/reward/math_unit.h"

#include <algorithm>

namespace r1 {
namespace {

struct Unit {
  std::string_view names;  // parted by spaces
  std::string_view dimension;
  int64_t numerator, denominator;
};

constexpr Unit kUnits[] = {
    {"m meter meters metre metres 米", "length", 1, 1},
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
    {"lb lbs pound pounds", "mass", 45359237, 100000},
    {"oz ounce ounces", "mass", 45359237, 1600000},
    {"l L liter liters litre litres 升", "volume", 1, 1},
    {"ml mL milliliter milliliters millilitre millilitres 毫升", "volume", 1, 1000},
    {"dollar dollars usd USD 元 yuan", "money", 1, 1},
    {"cent cents", "money", 1, 100},
    {"% percent pct percentage percents", "percent", 1, 1},
    {"degree degrees 度", "angle", 1, 1},
    {"radian radians rad", "radian", 1, 1},
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

// A unit with its exponent, which words say too: "square inches", "cm^2".
std::optional<MathUnit> single_unit(std::string name) {
  int power = 1;
  for (const auto& [word, exponent] : {std::pair<std::string_view, int>{"square ", 2},
                                       {"sq ", 2},
                                       {"cubic ", 3},
                                       {"平方", 2},
                                       {"立方", 3}})
    if (name.starts_with(word)) {
      power = exponent;
      name.erase(0, word.size());
    }
  for (const auto& [word, exponent] :
       {std::pair<std::string_view, int>{"^2", 2}, {"^3", 3}, {" squared", 2}, {" cubed", 3}})
    if (name.ends_with(word)) {
      power = exponent;
      name.erase(name.size() - word.size());
    }
  const Unit* unit = find_unit(name);
  if (unit == nullptr) return std::nullopt;
  const auto count = static_cast<size_t>(power);
  return MathUnit{std::string(unit->dimension) + (power == 1 ? "" : "^" + std::to_string(power)),
                  std::vector<int64_t>(count, unit->numerator),
                  std::vector<int64_t>(count, unit->denominator)};
}

}  // namespace

std::optional<MathUnit> unit_of(const std::string& name) {
  for (const std::string_view per : {" per ", "/"}) {
    const size_t at = name.find(per);
    if (at == name.npos) continue;
    auto above = single_unit(name.substr(0, at));
    const auto below = single_unit(name.substr(at + per.size()));
    if (!above || !below) return std::nullopt;
    above->dimension += "/" + below->dimension;
    above->multipliers.insert(above->multipliers.end(), below->divisors.begin(),
                              below->divisors.end());
    above->divisors.insert(above->divisors.end(), below->multipliers.begin(),
                           below->multipliers.end());
    return above;
  }
  return single_unit(name);
}

std::optional<std::string_view> scale_word(std::string_view word) {
  constexpr std::pair<std::string_view, std::string_view> kScales[] = {
      {"hundred", "100"},
      {"thousand", "1000"},
      {"million", "1000000"},
      {"billion", "1000000000"},
      {"trillion", "1000000000000"},
      {"dozen", "12"},
      {"百", "100"},
      {"千", "1000"},
      {"万", "10000"},
      {"萬", "10000"},
      {"亿", "100000000"},
      {"億", "100000000"}};
  for (const auto& [name, digits] : kScales)
    if (word == name) return digits;
  return std::nullopt;
}

}  // namespace r1
