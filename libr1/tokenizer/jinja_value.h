// What a template computes with: Python's values, as far as chat templates need them. Containers
// are shared and never change once made, but for namespaces.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace r1::jinja {

class Value;
struct Arguments;

inline constexpr int kDeepestValue = 100;  // containers within containers

struct Undefined {
  std::string name;  // of what was looked for
};
struct None {};
struct List {
  std::vector<Value> items;
  int depth = 0;
};
struct Map {
  std::vector<std::pair<std::string, Value>> items;  // in order, each key once
  int depth = 0;
  const Value* find(std::string_view key) const;  // nullptr when absent
  void set(const std::string& key, Value value);
};
// Made by namespace(): the one thing that a template changes. It stands in no container, so nothing
// can come to hold itself.
struct Namespace {
  Map attributes;
};
struct Function {
  std::string name;
  std::function<Value(Arguments&)> call;
};

class Value {
 public:
  Value() : data_(None{}) {}
  Value(None) : data_(None{}) {}
  Value(Undefined undefined) : data_(std::move(undefined)) {}
  Value(bool value) : data_(value) {}
  Value(int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::shared_ptr<Namespace> value) : data_(std::move(value)) {}
  Value(std::shared_ptr<const Function> value) : data_(std::move(value)) {}
  // Fault::kInput when they are nested too deeply, or hold a namespace.
  static Value list(std::vector<Value> items);
  static Value map(Map map);

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data_);
  }
  const std::string* text() const { return as<std::string>(); }
  const List* list() const;  // nullptr for anything else
  const Map* map() const;    // a namespace's too
  Namespace* name_space() const;
  const Function* function() const;
  bool is_undefined() const { return as<Undefined>() != nullptr; }
  bool is_none() const { return as<None>() != nullptr; }
  bool is_number() const { return as<int64_t>() || as<double>() || as<bool>(); }
  double number() const;  // of a number; True is 1

  bool truth() const;
  int depth() const;
  const char* type_name() const;  // for messages: "a string"

 private:
  using Data = std::variant<Undefined, None, bool, int64_t, double, std::string,
                            std::shared_ptr<const List>, std::shared_ptr<const Map>,
                            std::shared_ptr<Namespace>, std::shared_ptr<const Function>>;
  Data data_;
};

bool equal(const Value& a, const Value& b);
// Negative, zero or positive; Fault::kInput for values that have no order.
int compare(const Value& a, const Value& b);

// Of one call. Functions take what they know and then call end().
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
  const char* function = "";

  // The next positional argument, or the one of this name; `otherwise` when there is neither.
  Value take(const char* name, Value otherwise);
  Value require(const char* name);
  std::string text(const char* name);  // required, a string
  int64_t integer(const char* name, int64_t otherwise);
  void end() const;  // Fault::kInput for an argument that nobody took

 private:
  size_t next_ = 0;
};

// Python's str() and repr().
std::string to_text(const Value& value);
std::string to_repr(const Value& value);
// json.dumps(value, ensure_ascii=False, indent=indent); negative: on one line.
std::string to_json(const Value& value, int indent);
// Fault::kInput for text that is no JSON, or nested too deeply.
Value from_json(std::string_view json);

}  // namespace r1::jinja
