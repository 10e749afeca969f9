#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_evaluator.h"
#include "libr1/tokenizer/unicode.h"

namespace r1::jinja {
namespace {

// Where the characters of a text begin, and its end.
std::vector<size_t> character_starts(const std::string& text) {
  std::vector<size_t> starts;
  for (size_t at = 0; at < text.size(); at += tokenizer::char_at(text, at).length)
    starts.push_back(at);
  starts.push_back(text.size());
  return starts;
}

int64_t integer_of(const Value& value) {
  const auto* integer = value.as<int64_t>();
  R1_CHECK_INPUT(integer, "an index is ", value.type_name(), ", expected an integer");
  return *integer;
}

bool is_integer(const Value& value) { return value.as<int64_t>() || value.as<bool>(); }
int64_t as_integer(const Value& value) {
  return value.as<bool>() ? int64_t{*value.as<bool>()} : *value.as<int64_t>();
}

Value integer_result(const std::string& op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = false;
  if (op == "+") overflow = __builtin_add_overflow(a, b, &result);
  if (op == "-") overflow = __builtin_sub_overflow(a, b, &result);
  if (op == "*") overflow = __builtin_mul_overflow(a, b, &result);
  if (op == "//" || op == "%") {  // towards minus infinity, as Python does
    overflow = b == -1 && a == INT64_MIN;
    if (!overflow) {
      const bool down = a % b != 0 && (a < 0) != (b < 0);
      result = op == "%" ? a % b + (down ? b : 0) : a / b - down;
    }
  }
  R1_CHECK_INPUT(!overflow, a, " ", op, " ", b, " is too large");
  return result;
}

Value number_result(const std::string& op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (op == "/") return a / b;
  const double quotient = std::floor(a / b);
  return op == "//" ? quotient : a - quotient * b;
}

Value repeated(const std::string& text, int64_t times, Budget& budget) {
  std::string result;
  for (int64_t i = 0; i < times; ++i) {
    budget.bytes(text.size() + 1);
    result += text;
  }
  return result;
}

Value joined(const List& a, const List& b, Budget& budget) {
  budget.bytes((a.items.size() + b.items.size()) * sizeof(Value));
  std::vector<Value> items = a.items;
  items.insert(items.end(), b.items.begin(), b.items.end());
  return Value::list(std::move(items));
}

bool is_arithmetic(const std::string& op) {
  return op == "+" || op == "-" || op == "*" || op == "/" || op == "//" || op == "%";
}

}  // namespace

bool contains(const Value& container, const Value& item) {
  if (const std::string* text = container.text()) {
    R1_CHECK_INPUT(item.text(), "whether ", item.type_name(), " is in a string");
    return text->find(*item.text()) != text->npos;
  }
  if (const List* list = container.list())
    return std::ranges::any_of(list->items, [&](const Value& each) { return equal(each, item); });
  if (const Map* map = container.map()) return item.text() && map->find(*item.text());
  R1_CHECK_INPUT(container.is_undefined(), "whether something is in ", container.type_name());
  return false;
}

Value apply_operator(const std::string& op, const Value& a, const Value& b, Budget& budget) {
  if (op == "==") return equal(a, b);
  if (op == "!=") return !equal(a, b);
  if (op == "in") return contains(b, a);
  if (op == "<") return compare(a, b) < 0;
  if (op == ">") return compare(a, b) > 0;
  if (op == "<=") return compare(a, b) <= 0;
  if (op == ">=") return compare(a, b) >= 0;
  if (op == "~" || (op == "+" && a.text() && b.text())) {
    std::string text = to_text(a) + to_text(b);
    budget.bytes(text.size());
    return text;
  }
  if (op == "+" && a.list() && b.list()) return joined(*a.list(), *b.list(), budget);
  if (op == "*" && a.text() && is_integer(b)) return repeated(*a.text(), as_integer(b), budget);
  R1_CHECK_INPUT(is_arithmetic(op) && a.is_number() && b.is_number(), a.type_name(), " ", op, " ",
                 b.type_name(), " is not possible",
                 a.is_undefined() ? concat("; '", a.as<Undefined>()->name, "' is missing") : "",
                 b.is_undefined() ? concat("; '", b.as<Undefined>()->name, "' is missing") : "");
  const bool divides = op == "/" || op == "//" || op == "%";
  R1_CHECK_INPUT(!divides || b.number() != 0, "a division by 0");
  if (op != "/" && is_integer(a) && is_integer(b))
    return integer_result(op, as_integer(a), as_integer(b));
  return number_result(op, a.number(), b.number());
}

Value item_of(const Value& of, const Value& index) {
  if (const Map* map = of.map()) {
    const Value* found = index.text() ? map->find(*index.text()) : nullptr;
    return found ? *found : Value(Undefined{to_text(index)});
  }
  if (!is_integer(index)) return Undefined{to_text(index)};
  int64_t at = as_integer(index);
  if (const List* list = of.list()) {
    const auto size = static_cast<int64_t>(list->items.size());
    if (at < 0) at += size;
    return at >= 0 && at < size ? list->items[static_cast<size_t>(at)]
                                : Value(Undefined{"an item beyond the end"});
  }
  R1_CHECK_INPUT(of.text(), of.type_name(), " has no items");
  const auto starts = character_starts(*of.text());
  const auto size = static_cast<int64_t>(starts.size()) - 1;
  if (at < 0) at += size;
  if (at < 0 || at >= size) return Undefined{"a character beyond the end"};
  const auto i = static_cast<size_t>(at);
  return of.text()->substr(starts[i], starts[i + 1] - starts[i]);
}

Value slice_of(const Value& of, const Value& begin, const Value& end, const Value& step) {
  R1_CHECK_INPUT(of.list() || of.text(), "a slice of ", of.type_name());
  const auto starts = of.text() ? character_starts(*of.text()) : std::vector<size_t>();
  const auto size = static_cast<int64_t>(of.text() ? starts.size() - 1 : of.list()->items.size());
  const int64_t by = step.is_none() ? 1 : integer_of(step);
  R1_CHECK_INPUT(by != 0, "a slice with a step of 0");
  const int64_t lowest = by > 0 ? 0 : -1, highest = by > 0 ? size : size - 1;
  const auto place = [&](const Value& value, int64_t otherwise) {
    if (value.is_none()) return otherwise;
    int64_t at = integer_of(value);
    if (at < 0) at = at < -size ? lowest : at + size;
    return std::clamp(at, lowest, highest);
  };
  const int64_t from = place(begin, by > 0 ? 0 : size - 1), to = place(end, by > 0 ? size : -1);
  std::string text;
  std::vector<Value> items;
  for (int64_t i = from; by > 0 ? i < to : i > to;) {
    const auto at = static_cast<size_t>(i);
    if (of.text())
      text.append(*of.text(), starts[at], starts[at + 1] - starts[at]);
    else
      items.push_back(of.list()->items[at]);
    if (__builtin_add_overflow(i, by, &i)) break;
  }
  return of.text() ? Value(std::move(text)) : Value::list(std::move(items));
}

std::vector<Value> items_of(const Value& value) {
  std::vector<Value> items;
  if (const List* list = value.list()) return list->items;
  if (const std::string* text = value.text()) {
    const auto starts = character_starts(*text);
    for (size_t i = 0; i + 1 < starts.size(); ++i)
      items.emplace_back(text->substr(starts[i], starts[i + 1] - starts[i]));
    return items;
  }
  if (const Map* map = value.map()) {
    for (const auto& [key, item] : map->items) items.emplace_back(key);
    return items;
  }
  R1_CHECK_INPUT(value.is_undefined(), "a loop over ", value.type_name());
  return items;
}

}  // namespace r1::jinja
