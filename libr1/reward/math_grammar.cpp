#include "libr1/reward/math_grammar.h"

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/math_unit.h"
#include "libr1/reward/math_work.h"
#include "libr1/reward/number_words.h"

namespace r1 {
namespace {

using enum MathTokenKind;

// The letter that kRelation keeps for a mark; 0 for other marks.
char relation_letter(const MathToken& token) {
  if (token.kind != kMark) return 0;
  constexpr std::pair<std::string_view, char> kRelations[] = {
      {"=", '='},  {"<", '<'},  {">", '>'},      {"<=", 'l'},
      {">=", 'g'}, {"!=", 'n'}, {"approx", '~'}, {"in", 'i'}};
  for (const auto& [text, letter] : kRelations)
    if (token.text == text) return letter;
  return 0;
}

}  // namespace

const MathToken& MathGrammar::token(size_t ahead) const {
  return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
}

bool MathGrammar::is_mark(std::string_view text, size_t ahead) const {
  return token(ahead).kind == kMark && token(ahead).text == text;
}

bool MathGrammar::take_mark(std::string_view text) {
  if (!is_mark(text)) return false;
  ++at_;
  return true;
}

void MathGrammar::expect_mark(std::string_view text) {
  if (!take_mark(text)) fail(concat("no ", text, " where one belongs"));
}

void MathGrammar::fail(std::string_view reason) {
  if (error_.empty()) error_ = reason;
  at_ = tokens_.size() - 1;
}

bool MathGrammar::enter() {
  if (++depth_ <= kMaxMathNesting) return true;
  fail(concat("nested deeper than ", kMaxMathNesting));
  return false;
}

MathExpression MathGrammar::document() {
  for (const MathToken& each : tokens_)
    if (each.kind == kMark && each.text == "boxed") return boxes();
  MathExpression result = list_until("");
  if (token().kind != kEnd) fail(concat("'", token().text, "' where nothing more belongs"));
  return result;
}

// Where there are boxes, they are what is said.
MathExpression MathGrammar::boxes() {
  MathExpression list{MathKind::kList, ",", {}};
  while (token().kind != kEnd) {
    if (!take_mark("boxed")) {
      ++at_;
      continue;
    }
    expect_mark("{");
    list.children.push_back(list_until(""));
    if (token().kind != kEnd) expect_mark("}");  // the last may have been cut off
  }
  if (list.children.size() == 1) return std::move(list.children[0]);
  return list;
}

bool MathGrammar::at_list_end() const {
  if (token().kind == kEnd) return true;
  if (token().kind != kMark) return false;
  for (const std::string_view close :
       {")", "]", "}", "\\}", "rangle", "end", "|", "rfloor", "rceil", "&", "right."})
    if (token().text == close) return true;
  return is_mark("\\\\");
}

// Everything up to `close`: an element, or a kList of them.
MathExpression MathGrammar::list_until(std::string_view close) {
  const NestingLevel level(*this);
  if (!level) return {};
  MathExpression list{MathKind::kList, ";", {}};
  do {
    while (take_mark("\\\\")) continue;
    if (at_list_end() && !is_mark("|")) break;
    list.children.push_back(group_of_commas());
    while (is_mark(".") || is_mark("?")) ++at_;  // a full stop behind a formula
  } while (error_.empty() && (take_mark(";") || take_mark("\\\\")));
  if (!close.empty()) expect_mark(close);
  if (list.children.size() == 1) return std::move(list.children[0]);
  // "-12; -11" is a list; "5, 2; 7, 2" is one of pairs.
  for (MathExpression& child : list.children)
    if (child.kind == MathKind::kList) child = {MathKind::kTuple, "()", std::move(child.children)};
  return list;
}

MathExpression MathGrammar::group_of_commas() {
  MathExpression list{MathKind::kList, ",", {relation()}};
  while (error_.empty()) {
    bool joined = false;
    for (bool more = true; more;) {
      more = false;
      for (const char* joiner : {",", "and", "or", "land", "lor"})
        if (take_mark(joiner)) {
          more = joined = true;
          if (*joiner != ',') list.text = joiner;
        }
    }
    if (!joined && is_condition()) {
      list.children.push_back(relation());
      continue;
    }
    if (!joined || at_list_end() || is_mark(";") || is_mark(".")) break;
    list.children.push_back(relation());
  }
  if (list.children.size() == 1) return std::move(list.children[0]);
  // Between relations \land and \lor are words; between letters they are operations.
  const bool relations = std::all_of(list.children.begin(), list.children.end(),
                                     [](const auto& e) { return e.kind == MathKind::kRelation; });
  if (relations && list.text == "land") list.text = "and";
  if (relations && list.text == "lor") list.text = "or";
  return list;
}

MathExpression MathGrammar::relation() {
  MathExpression chain{MathKind::kRelation, "", {set_operations()}};
  while (const char letter = relation_letter(token())) {
    ++at_;
    chain.text += letter;
    chain.children.push_back(set_operations());
  }
  const bool words = is_modulus();
  if (words || take_mark("pmod")) {  // 7 = 3 (mod 4)
    MathExpression last = std::move(chain.children.back());
    at_ += words ? 2 : 0;
    MathExpression modulus = words ? sum() : argument();
    if (words) expect_mark(")");
    chain.children.back() = {MathKind::kFunction, "mod", {std::move(last), std::move(modulus)}};
  }
  if (chain.children.size() == 1) return std::move(chain.children[0]);
  return chain;
}

MathExpression MathGrammar::set_operations() {
  MathExpression left = ratio();
  int wraps = 0;
  while (is_mark("cup") || is_mark("cap") || is_mark("setminus")) {
    const MathKind kind = is_mark("cup")   ? MathKind::kUnion
                          : is_mark("cap") ? MathKind::kIntersection
                                           : MathKind::kDifference;
    ++at_;
    MathExpression right = ratio();
    if (kind == left.kind && kind != MathKind::kDifference) {
      left.children.push_back(std::move(right));
      continue;
    }
    if (++wraps > kMaxMathNesting) fail("too many set operations");
    left = {kind, "", {std::move(left), std::move(right)}};
  }
  return left;
}

// a:b is the quotient; a:b:c is a function of all three, compared up to a common factor.
MathExpression MathGrammar::ratio() {
  MathExpression first = quantity();
  if (!is_mark(":") || (in_braces_ && first.kind != MathKind::kNumber)) return first;
  MathExpression parts{MathKind::kFunction, "ratio", {std::move(first)}};
  bool time = false;  // 4:05
  while (take_mark(":")) {
    time = time || (token().kind == kNumber && token().text.size() == 2 && token().text[0] == '0');
    parts.children.push_back(quantity());
  }
  MathExpression& last = parts.children.back();
  if (last.kind == MathKind::kQuantity && (last.text == "am" || last.text == "pm")) {
    const std::string half = last.text;
    last = MathExpression(last.children[0]);
    return {MathKind::kQuantity, half, {{MathKind::kTuple, "::", std::move(parts.children)}}};
  }
  if (time) return {MathKind::kTuple, "::", std::move(parts.children)};
  if (parts.children.size() > 2) return parts;
  return quotient(std::move(parts.children[0]), std::move(parts.children[1]));
}

// "a(n) =": letters and numbers in parentheses behind any letter are what an equation is about.
bool MathGrammar::defines_function() const {
  size_t at = 1;
  if (token().kind != kName) return false;
  if (is_mark("_", at)) at += is_mark("{", at + 1) && is_mark("}", at + 3) ? 4 : 2;
  if (!is_mark("(", at) || token(at).spaced) return false;
  do ++at;
  while (token(at).kind == kName || token(at).kind == kNumber || is_mark(",", at));
  return is_mark(")", at) && is_mark("=", at + 1);
}

MathExpression MathGrammar::quantity() {
  if (defines_function()) {
    MathExpression letter = name();
    if (is_mark("_")) letter = subscripted(std::move(letter));
    return applied(letter.text);
  }
  if (token().kind == kWord && relation_letter(token(1)) != 0) {  // "speed = 5"
    MathExpression word{MathKind::kSymbol, token().text, {}};
    ++at_;
    return word;
  }
  return with_unit(sum());
}

MathExpression MathGrammar::with_unit(MathExpression value) {
  while (token().kind == kWord) {
    const std::string word = token().text;
    if (value.kind == MathKind::kQuantity) {
      remark(value);
      break;
    }
    if (const auto scale = scale_word(word)) {
      value = product(std::move(value), {MathKind::kNumber, std::string(*scale), {}});
    } else if (const auto part = part_word(word)) {
      value = quotient(std::move(value), {MathKind::kNumber, std::string(*part), {}});
    } else if (word == "squared" || word == "cubed") {
      value = {MathKind::kPower, "", {std::move(value), number_of(word == "cubed" ? 3 : 2)}};
    } else if (word == "factorial") {
      value = {MathKind::kFunction, word, {std::move(value)}};
    } else if (changes_number(word)) {
      fail(concat("the word '", word, "' behind a value"));
      break;
    } else {
      std::string name = unit();
      value = {MathKind::kQuantity, std::move(name), {std::move(value)}};
      continue;
    }
    ++at_;
  }
  return value;
}

// Words behind a sign: "25^\circ C", "\$2.5 million", "90^\circ clockwise", "\$18 per day".
void MathGrammar::remark(MathExpression& quantity) {
  const std::string word = token().text;
  if (word == "squared" || word == "cubed") return fail("a power of a quantity");
  const auto sign = unit_of(quantity.text);
  const auto scale = scale_word(word);
  if (scale && sign && sign->dimension != "percent" && sign->dimension != "angle") {
    MathExpression& value = quantity.children[0];
    value = product(std::move(value), {MathKind::kNumber, std::string(*scale), {}});
    ++at_;
  } else if (quantity.text == "degree" && (word == "celsius" || word == "fahrenheit")) {
    quantity.text = word;
    ++at_;
  }
  if (token().kind != kWord) return;
  const auto again = unit_of(token().text);  // "\$5 dollars"
  if (again && sign && again->dimension == sign->dimension &&
      again->multipliers == sign->multipliers && again->divisors == sign->divisors)
    ++at_;
  if (token().kind == kWord) quantity.text += " " + unit();
}

// Words, with powers and quotients: "square inches", "km / h", "m s^{-2}", "miles per hour".
std::string MathGrammar::unit() {
  std::string name;
  while (token().kind == kWord) {
    const bool power = token().text == "squared" || token().text == "cubed";
    const bool last = token(1).kind != kWord && changes_number_as_last(token().text);
    if (!power && (last || changes_number(token().text))) {
      fail(concat("the word '", token().text, "' in a unit"));
      break;
    }
    name += (name.empty() ? "" : " ") + token().text;
    ++at_;
    unit_power(name);
    if (is_mark("/") && (token(1).kind == kWord || token(1).kind == kName)) {
      name += "/" + token(1).text;
      at_ += 2;
      unit_power(name);
    }
    if ((is_mark(".") || is_mark("*")) && token(1).kind == kWord) ++at_;
  }
  return name;
}

// ^2, ^{-2}
void MathGrammar::unit_power(std::string& name) {
  if (!is_mark("^")) return;
  const size_t braces = is_mark("{", 1) ? 1 : 0, minus = is_mark("-", 1 + braces) ? 1 : 0;
  const MathToken& power = token(1 + braces + minus);
  if (power.kind != kNumber || power.text.size() != 1) return;
  name += (minus > 0 ? "^-" : "^") + power.text;
  at_ += 2 + minus + 2 * braces;
}

}  // namespace r1
