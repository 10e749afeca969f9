#include "libr1/tokenizer/jinja_value.h"

#include <algorithm>

#include "libr1/core/error.h"

namespace r1::jinja {
namespace {

template <class T>
const T* shared(const std::shared_ptr<const T>* pointer) {
  return pointer ? pointer->get() : nullptr;
}

int checked_depth(int deepest_item) {
  R1_CHECK_INPUT(deepest_item < kDeepestValue, "lists and maps are nested more than ",
                 kDeepestValue, " deep, or hold a namespace");
  return deepest_item + 1;
}

}  // namespace

const Value* Map::find(std::string_view key) const {
  for (const auto& [name, value] : items)
    if (name == key) return &value;
  return nullptr;
}

void Map::set(const std::string& key, Value value) {
  for (auto& [name, old] : items) {
    if (name != key) continue;
    old = std::move(value);
    return;
  }
  items.emplace_back(key, std::move(value));
}

Value Value::list(std::vector<Value> items) {
  int deepest = 0;
  for (const Value& item : items) deepest = std::max(deepest, item.depth());
  Value value;
  value.data_ = std::make_shared<const List>(List{std::move(items), checked_depth(deepest)});
  return value;
}

Value Value::map(Map map) {
  int deepest = 0;
  for (const auto& [name, item] : map.items) deepest = std::max(deepest, item.depth());
  map.depth = checked_depth(deepest);
  Value value;
  value.data_ = std::make_shared<const Map>(std::move(map));
  return value;
}

const List* Value::list() const { return shared(as<std::shared_ptr<const List>>()); }
const Function* Value::function() const { return shared(as<std::shared_ptr<const Function>>()); }

Namespace* Value::name_space() const {
  const auto* pointer = as<std::shared_ptr<Namespace>>();
  return pointer ? pointer->get() : nullptr;
}

const Map* Value::map() const {
  if (const Namespace* found = name_space()) return &found->attributes;
  return shared(as<std::shared_ptr<const Map>>());
}

double Value::number() const {
  if (const bool* flag = as<bool>()) return *flag;
  if (const int64_t* integer = as<int64_t>()) return static_cast<double>(*integer);
  return *as<double>();
}

bool Value::truth() const {
  if (is_number()) return number() != 0;
  if (const std::string* string = text()) return !string->empty();
  if (const List* found = list()) return !found->items.empty();
  if (name_space()) return true;
  if (const Map* found = map()) return !found->items.empty();
  return function() != nullptr;
}

int Value::depth() const {
  if (const List* found = list()) return found->depth;
  if (name_space()) return kDeepestValue;
  if (const Map* found = map()) return found->depth;
  return 0;
}

const char* Value::type_name() const {
  constexpr const char* kNames[] = {"undefined",   "none",      "a boolean", "an integer",
                                    "a float",     "a string",  "a list",    "a map",
                                    "a namespace", "a function"};
  return kNames[data_.index()];
}

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    const auto *i = a.as<int64_t>(), *j = b.as<int64_t>();
    return i && j ? *i == *j : a.number() == b.number();
  }
  if (a.text() && b.text()) return *a.text() == *b.text();
  if (a.list() && b.list()) return std::ranges::equal(a.list()->items, b.list()->items, equal);
  if (a.name_space() || b.name_space()) return a.name_space() == b.name_space();
  if (a.map() && b.map()) {
    const Map &left = *a.map(), &right = *b.map();
    return left.items.size() == right.items.size() &&
           std::ranges::all_of(left.items, [&](const auto& item) {
             const Value* other = right.find(item.first);
             return other && equal(item.second, *other);
           });
  }
  return (a.is_none() && b.is_none()) || (a.is_undefined() && b.is_undefined());
}

int compare(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    const auto *i = a.as<int64_t>(), *j = b.as<int64_t>();
    if (i && j) return *i < *j ? -1 : *i > *j;
    return a.number() < b.number() ? -1 : a.number() > b.number();
  }
  R1_CHECK_INPUT(a.text() && b.text(), a.type_name(), " and ", b.type_name(), " have no order");
  return a.text()->compare(*b.text());
}

Value Arguments::take(const char* name, Value otherwise) {
  if (next_ < positional.size()) return positional[next_++];
  const auto found = std::ranges::find(named, name, &std::pair<std::string, Value>::first);
  if (found == named.end()) return otherwise;
  Value value = std::move(found->second);
  named.erase(found);
  return value;
}

Value Arguments::require(const char* name) {
  Value value = take(name, Undefined{name});
  R1_CHECK_INPUT(!value.is_undefined(), function, " needs the argument ", name);
  return value;
}

std::string Arguments::text(const char* name) {
  const Value value = require(name);
  R1_CHECK_INPUT(value.text(), function, ": ", name, " is ", value.type_name(),
                 ", expected a string");
  return *value.text();
}

int64_t Arguments::integer(const char* name, int64_t otherwise) {
  const Value value = take(name, otherwise);
  R1_CHECK_INPUT(value.as<int64_t>(), function, ": ", name, " is ", value.type_name(),
                 ", expected an integer");
  return *value.as<int64_t>();
}

void Arguments::end() const {
  R1_CHECK_INPUT(next_ >= positional.size(), function, " takes at most ", next_,
                 " arguments here, ", positional.size(), " were given");
  R1_CHECK_INPUT(named.empty(), function, ": the argument '", named.front().first,
                 "' is not supported");
}

}  // namespace r1::jinja
