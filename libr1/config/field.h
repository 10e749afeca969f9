// The fields of a config struct, listed once in its visit(): parsing, defaults, checks, the dump of
// the effective config and the reference page all come from that list. What values have to do with
// each other says check(), where the struct has one: it is called when all are read.
//
//   struct RolloutConfig {
//     double temperature = 1;
//     template <class Visitor> void visit(Visitor& v) {
//       v.field("temperature", temperature, "of sampling (paper: 1)", at_least(0));
//     }
//     void check() const;  // Fault::kInput
//   };
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libr1/config/allowed.h"

namespace r1 {

// Names of an enum's values, found by argument-dependent lookup:
//   std::span<const EnumName<Kind>> enum_names(Kind);
template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

template <class E>
std::string_view enum_name(E value) {
  for (const EnumName<E>& entry : enum_names(value))
    if (entry.value == value) return entry.name;
  return "";
}

// An enum field without its type: its names, and how to read and write it as an index into them.
struct EnumAccess {
  std::vector<std::string_view> names;
  std::function<size_t()> get;
  std::function<void(size_t)> set;
};

struct Field;

struct FieldTable {
  std::vector<Field> fields;
  std::vector<std::function<void()>> checks;
};

// Where a field's value lives.
using FieldTarget =
    std::variant<bool*, int*, int64_t*, uint64_t*, double*, std::string*, std::vector<int64_t>*,
                 std::vector<double>*, std::vector<std::string>*, EnumAccess,
                 std::shared_ptr<FieldTable>>;

struct Field {
  std::string name;
  std::string doc;
  FieldTarget target;
  Range range;
  bool required = false;
  TextForm form = TextForm::kAny;
};

// Collects the fields of a struct; the only visitor there is.
class FieldCollector {
 public:
  // Allowed: a Range of numbers, or the TextForm of a text or a list of them.
  template <class T, class Allowed = Range>
  void field(const char* name, T& value, const char* doc, Allowed allowed = {}) {
    add(name, value, doc, allowed, false);
  }
  // Without a default: it must be given.
  template <class T, class Allowed = Range>
  void required(const char* name, T& value, const char* doc, Allowed allowed = {}) {
    add(name, value, doc, allowed, true);
  }
  template <class C>
  void collect(C& config) {
    config.visit(*this);
    if constexpr (requires { config.check(); })
      table_.checks.push_back([&config] { config.check(); });
  }
  template <class C>
  void table(const char* name, C& config, const char* doc) {
    FieldCollector inner;
    inner.collect(config);
    table_.fields.push_back(
        {name, doc, std::make_shared<FieldTable>(std::move(inner.table_)), {}, false, {}});
  }
  FieldTable take() { return std::move(table_); }

 private:
  template <class T>
  void add(const char* name, T& value, const char* doc, Range range, bool required) {
    if constexpr (std::is_enum_v<T>)
      table_.fields.push_back({name, doc, enum_access(value), range, required, {}});
    else
      table_.fields.push_back({name, doc, &value, range, required, {}});
  }
  template <class T>
  void add(const char* name, T& value, const char* doc, TextForm form, bool required) {
    table_.fields.push_back({name, doc, &value, {}, required, form});
  }
  template <class E>
  static EnumAccess enum_access(E& value) {
    EnumAccess access;
    for (const EnumName<E>& entry : enum_names(E{})) access.names.push_back(entry.name);
    access.get = [&value] {
      const auto names = enum_names(E{});
      for (size_t i = 0; i < names.size(); ++i)
        if (names[i].value == value) return i;
      return size_t{0};
    };
    access.set = [&value](size_t idx) { value = enum_names(E{})[idx].value; };
    return access;
  }
  FieldTable table_;
};

template <class Config>
FieldTable fields_of(Config& config) {
  FieldCollector collector;
  collector.collect(config);
  return collector.take();
}

}  // namespace r1
