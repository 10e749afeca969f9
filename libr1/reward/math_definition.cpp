#include "libr1/reward/math_definition.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>
#include <string_view>

namespace r1 {
namespace {

bool is_letter(const MathExpression& e) {
  return e.kind == MathKind::kSymbol || e.kind == MathKind::kText ||
         (e.kind == MathKind::kConstant && e.text == "i") ||
         (e.kind == MathKind::kFunction && (e.text == "prime" || e.text == "subscript"));
}

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// dy or dx.
bool is_differential(const MathExpression& e) {
  return e.kind == MathKind::kMultiply && e.children.size() == 2 &&
         e.children[0] == MathExpression{MathKind::kSymbol, "d", {}} && is_letter(e.children[1]);
}

// A letter, a function of letters, a ratio or tuple of names, a derivative.
bool is_name(const MathExpression& e) {
  if (is_letter(e) || e.kind == MathKind::kApply) return true;
  if (e.kind == MathKind::kTuple || e.kind == MathKind::kList)
    return std::all_of(e.children.begin(), e.children.end(), is_name);
  if (e.kind != MathKind::kMultiply || e.children.size() != 2 ||
      e.children[1].kind != MathKind::kReciprocal)
    return false;
  if (is_differential(e.children[0]) && is_differential(e.children[1].children[0])) return true;
  const auto is_part = [](const MathExpression& part) {
    return is_name(part) || (part.kind == MathKind::kReciprocal && is_name(part.children[0]));
  };
  return is_part(e.children[0]) && is_part(e.children[1]);
}

// What geometry names: a point, a segment, an angle; no unknown, which is a small letter.
bool is_figure(const MathExpression& e) {
  if (e.kind == MathKind::kSymbol) return e.text.size() > 2 || is_capital(e.text[0]);
  return e.kind == MathKind::kMultiply && e.children.size() <= 4 &&
         std::all_of(e.children.begin(), e.children.end(), [](const MathExpression& child) {
           return child.kind == MathKind::kSymbol && child.text.size() == 1 &&
                  is_capital(child.text[0]);
         });
}

// AB, |AB|, \cos A: what a figure measures. Of an unknown, |x| = 5 is an equation.
bool is_measure(const MathExpression& e) {
  if (e.kind != MathKind::kFunction || e.children.size() != 1) return is_figure(e);
  constexpr std::string_view kMeasures[] = {"abs", "sin", "cos", "tan", "cot"};
  return std::find(std::begin(kMeasures), std::end(kMeasures), e.text) != std::end(kMeasures) &&
         is_figure(e.children[0]);
}

bool is_decimal_numeral(const MathExpression& e) {
  return (e.kind == MathKind::kNegate && is_decimal_numeral(e.children[0])) ||
         (e.kind == MathKind::kNumber && is_decimal(e));
}

// A name's place among others: its letter, then its number.
std::pair<char, std::string> place_of(const std::string& name) {
  return {name[0], name.size() > 2 && name[1] == '_' ? name.substr(2) : ""};
}

}  // namespace

MathExpression ends_of_chain(const MathExpression& relation) {
  size_t last = 0;
  while (last < relation.text.size() && relation.text[last] == '=') ++last;
  if (relation.text.find_first_not_of("=~") != std::string::npos) return relation;
  if (last == 0) last = relation.text.size();  // nothing but "about"
  return {MathKind::kRelation, "=", {relation.children[0], relation.children[last]}};
}

bool is_rounding(const MathExpression& relation) {
  return relation.text == "~" && symbols_of(relation).empty();
}

std::optional<MathExpression> named_elements(const MathExpression& relation) {
  if (relation.text.find_first_not_of("=~") != std::string::npos) return std::nullopt;
  const MathExpression ends = ends_of_chain(relation);
  const MathExpression &names = ends.children[0], &values = ends.children[1];
  if (names.kind != MathKind::kTuple || values.kind != MathKind::kTuple || !is_name(names) ||
      names.children.size() != values.children.size())
    return std::nullopt;
  MathExpression list{MathKind::kList, ",", {}};
  for (size_t i = 0; i < names.children.size(); ++i)
    list.children.push_back({MathKind::kRelation, "=", {names.children[i], values.children[i]}});
  if (!names_its_elements(list)) return std::nullopt;
  return list;
}

bool may_go_unnamed(const MathExpression& subject) {
  return is_name(subject) || is_measure(subject) || symbols_of(subject).size() > 1 ||
         subject.kind == MathKind::kConstant ||
         (subject.kind == MathKind::kFunction && subject.text == "abs");
}

std::optional<MathExpression> defined_value(const MathExpression& relation) {
  if (relation.text.find_first_not_of("=~") != std::string::npos) return std::nullopt;
  // Of "1/3" about "0.33" the former is meant, of "6.28" about "2 pi" the latter.
  if (is_rounding(relation))
    return relation.children[is_decimal_numeral(relation.children[0]) ? 1 : 0];
  const MathExpression ends = ends_of_chain(relation);
  if (is_name(ends.children[0])) return ends.children[1];
  if (is_measure(ends.children[0]) && symbols_of(ends.children[1]).empty()) return ends.children[1];
  if (symbols_of(relation).empty()) return ends.children[1];
  const bool reversed = is_name(ends.children[1]) && symbols_of(ends.children[0]).empty();
  if (reversed) return ends.children[0];
  return std::nullopt;
}

bool is_same_name(const MathExpression& a, const MathExpression& b) {
  return a == b ||
         (a.kind == MathKind::kApply && b.kind == MathKind::kApply && a.text == b.text &&
          a.children[0].kind == MathKind::kSymbol && b.children[0].kind == MathKind::kSymbol);
}

MathExpression in_terms_of(const MathExpression& value, const MathExpression& from,
                           const MathExpression& to) {
  if (from == to || from.kind != MathKind::kApply) return value;
  return substituted(value, from.children[0].text, to.children[0]);
}

bool all_relations(const MathExpression& list) {
  return std::all_of(list.children.begin(), list.children.end(),
                     [](const MathExpression& e) { return e.kind == MathKind::kRelation; });
}

bool has_relations(const MathExpression& list) {
  return std::any_of(list.children.begin(), list.children.end(),
                     [](const MathExpression& e) { return e.kind == MathKind::kRelation; });
}

bool names_its_elements(const MathExpression& list) {
  std::set<std::string> names;
  for (const MathExpression& element : list.children)
    if (element.kind != MathKind::kRelation || !defined_value(element) ||
        !names.insert(key_of(element.children[0])).second)
      return false;
  return names.size() >= 2;
}

std::vector<MathExpression> values_by_name(const MathExpression& list) {
  std::vector<const MathExpression*> elements;
  bool neighbours = true;
  for (const MathExpression& element : list.children) {
    elements.push_back(&element);
    const MathExpression &name = element.children[0], &first = list.children[0].children[0];
    neighbours = neighbours && name.kind == MathKind::kSymbol && first.kind == name.kind &&
                 std::abs(name.text[0] - first.text[0]) < 4 &&
                 (name.text.size() == 1 || name.text[1] == '_');
  }
  if (neighbours)
    std::sort(elements.begin(), elements.end(), [](const auto* a, const auto* b) {
      const auto left = place_of(a->children[0].text), right = place_of(b->children[0].text);
      if (left.first != right.first) return left.first < right.first;
      const size_t x = left.second.size(), y = right.second.size();  // 2 comes before 10
      return x != y ? x < y : left.second < right.second;
    });
  std::vector<MathExpression> values;
  for (const MathExpression* element : elements) values.push_back(*defined_value(*element));
  return values;
}

bool is_decimal(const MathExpression& expression) {
  if (expression.kind == MathKind::kNumber && expression.text.find('.') != std::string::npos)
    return true;
  return std::any_of(expression.children.begin(), expression.children.end(), is_decimal);
}

MathExpression in_base_unit(const MathExpression& value, const MathUnit& unit) {
  MathExpression result = value;
  for (const int64_t factor : unit.multipliers)
    if (factor != 1) result = product(std::move(result), number_of(factor));
  for (const int64_t factor : unit.divisors)
    if (factor != 1) result = quotient(std::move(result), number_of(factor));
  return result;
}

}  // namespace r1
