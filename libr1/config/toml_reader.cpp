#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>
#include <algorithm>
#include <cmath>

#include "libr1/config/config.h"
#include "libr1/config/dotted.h"
#include "libr1/config/edit_distance.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void read(const toml::table& table, const FieldTable& fields, const std::string& path,
            std::span<const std::string> foreign) {
    for (const auto& [key, node] : table) {
      const bool known = std::ranges::any_of(
          fields.fields, [&](const Field& field) { return field.name == key.str(); });
      const bool is_foreign = std::ranges::find(foreign, key.str()) != foreign.end();
      if (!known && !is_foreign) unknown_key(node, key.str(), fields, path, foreign);
    }
    for (const Field& field : fields.fields) {
      const toml::node* node = table.get(field.name);
      if (const auto* inner = std::get_if<std::shared_ptr<FieldTable>>(&field.target))
        read_table(node, **inner, dotted(path, field.name));
      else if (node)
        read_value(*node, field, dotted(path, field.name));
      else if (field.required)
        errors_.push_back(concat(file_, ": the key '", dotted(path, field.name), "' is missing (",
                                 field.doc, ")"));
    }
  }

  // Throws what is wrong: with single values, or else with those together.
  void conclude(const FieldTable& fields) {
    throw_if_any();
    check(fields, "");
    throw_if_any();
  }

 private:
  // What the structs say of their values together; `table` is their name in the file.
  void check(const FieldTable& fields, const std::string& table) {
    for (const Field& field : fields.fields)
      if (const auto* inner = std::get_if<std::shared_ptr<FieldTable>>(&field.target))
        check(**inner, dotted(table, field.name));
    for (const auto& run : fields.checks) {
      try {
        run();
      } catch (const Error& error) {
        if (error.fault() != Fault::kInput) throw;
        errors_.push_back(
            concat(file_, ": ", table.empty() ? "" : concat("[", table, "] "), error.what()));
      }
    }
  }

  void throw_if_any() const {
    std::string all;
    for (const std::string& error : errors_) all += (all.empty() ? "" : "\n") + error;
    R1_CHECK_INPUT(errors_.empty(), all);
  }

  void read_table(const toml::node* node, const FieldTable& fields, const std::string& path) {
    static const toml::table kEmpty;
    if (node && !node->is_table()) return wrong_type(*node, path, "a table");
    read(node ? *node->as_table() : kEmpty, fields, path, {});
  }

  void read_value(const toml::node& node, const Field& field, const std::string& path) {
    std::visit(Overloaded{
                   [&](bool* target) { assign<bool>(node, path, "true or false", target); },
                   [&](int* target) { read_integer(node, field, path, target); },
                   [&](int64_t* target) { read_integer(node, field, path, target); },
                   [&](uint64_t* target) { read_integer(node, field, path, target); },
                   [&](double* target) { read_number(node, field, path, target); },
                   [&](std::string* target) {
                     assign<std::string>(node, path, "a string", target);
                     check_path(node, field, path, *target);
                   },
                   [&](std::vector<int64_t>* target) { read_list(node, path, "integers", target); },
                   [&](std::vector<double>* target) { read_list(node, path, "numbers", target); },
                   [&](std::vector<std::string>* target) {
                     read_list(node, path, "strings", target);
                     for (const std::string& text : *target) check_path(node, field, path, text);
                   },
                   [&](const EnumAccess& access) { read_enum(node, path, access); },
                   [&](const std::shared_ptr<FieldTable>&) {},
               },
               field.target);
  }

  void check_path(const toml::node& node, const Field& field, const std::string& path,
                  const std::string& text) {
    if (field.form == TextForm::kAny) return;
    const std::string_view named = path_of(text, field.form);
    std::string expected;
    if (named.starts_with("{") && !named.starts_with(kInRun))
      expected = concat(kInRun, "JOB, the folder of a job of this run, or a path without braces");
    else if (field.form == TextForm::kNamedPath &&
             (named.empty() || text.size() < named.size() + 2))
      expected = "\"name=path\"";
    if (!expected.empty())
      errors_.push_back(concat(where(node), "'", path, "' is \"", text, "\", expected ", expected));
  }

  template <class T>
  void assign(const toml::node& node, const std::string& path, const char* expected, T* target) {
    if (const auto value = node.value_exact<T>())
      *target = *value;
    else
      wrong_type(node, path, expected);
  }

  template <class T>
  void read_integer(const toml::node& node, const Field& field, const std::string& path,
                    T* target) {
    const auto value = node.value_exact<int64_t>();
    if (!value) return wrong_type(node, path, "an integer");
    const double low = std::is_unsigned_v<T> ? std::max(0.0, field.range.low) : field.range.low;
    Range range = field.range;
    range.low = low;
    const bool fits = static_cast<int64_t>(static_cast<T>(*value)) == *value;
    if (!fits || !range.contains(static_cast<double>(*value)))
      return errors_.push_back(concat(where(node), "'", path, "' is ", *value, ", expected ",
                                      fits ? range.to_string() : "a smaller number"));
    *target = static_cast<T>(*value);
  }

  void read_number(const toml::node& node, const Field& field, const std::string& path,
                   double* target) {
    const auto value = node.value<double>();
    if (!value || !node.is_number()) return wrong_type(node, path, "a number");
    if (!std::isfinite(*value) || !field.range.contains(*value))
      return errors_.push_back(
          concat(where(node), "'", path, "' is ", *value, ", expected ",
                 std::isfinite(*value) ? field.range.to_string() : std::string("a finite number")));
    *target = *value;
  }

  template <class T>
  void read_list(const toml::node& node, const std::string& path, const char* of,
                 std::vector<T>* target) {
    const auto* array = node.as_array();
    if (!array) return wrong_type(node, path, concat("a list of ", of));
    target->clear();
    for (const toml::node& item : *array) {
      const auto value = item.value<T>();
      if (!value) return wrong_type(item, path, concat("a list of ", of));
      target->push_back(*value);
    }
  }

  void read_enum(const toml::node& node, const std::string& path, const EnumAccess& access) {
    const auto value = node.value_exact<std::string>();
    const auto at = value ? std::ranges::find(access.names, *value) : access.names.end();
    if (at != access.names.end()) return access.set(static_cast<size_t>(at - access.names.begin()));
    std::string choices;
    for (const std::string_view name : access.names)
      choices += concat(choices.empty() ? "" : ", ", "\"", name, "\"");
    errors_.push_back(
        concat(where(node), "'", path, "' is ", shown(node), ", expected one of ", choices));
  }

  void wrong_type(const toml::node& node, const std::string& path, const std::string& expected) {
    errors_.push_back(
        concat(where(node), "'", path, "' is ", shown(node), ", expected ", expected));
  }

  void unknown_key(const toml::node& node, std::string_view key, const FieldTable& fields,
                   const std::string& path, std::span<const std::string> foreign) {
    std::vector<std::string> names(foreign.begin(), foreign.end());
    for (const Field& field : fields.fields) names.push_back(field.name);
    const std::string nearest = nearest_name(key, names);
    errors_.push_back(
        concat(where(node), "unknown key '", dotted(path, key), "'",
               nearest.empty() ? "" : concat("; did you mean '", dotted(path, nearest), "'?")));
  }

  std::string shown(const toml::node& node) const {
    std::ostringstream out;
    node.visit([&](const auto& n) {
      using Node = std::remove_cvref_t<decltype(n)>;
      if constexpr (toml::is_table<Node>)
        out << "a table";
      else if constexpr (toml::is_array<Node>)
        out << "a list";
      else if constexpr (toml::is_string<Node>)
        out << '"' << n.get() << '"';
      else
        out << n;
    });
    return out.str();
  }

  std::string where(const toml::node& node) const {
    const auto at = node.source().begin;
    if (node.source().path && !node.source().path->empty() && *node.source().path != file_)
      return concat(*node.source().path, ": ");
    return at.line ? concat(file_, ":", at.line, ":", at.column, ": ") : concat(file_, ": ");
  }

  std::string file_;
  std::vector<std::string> errors_;
};

toml::table parse(const std::string& text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& e) {
    throw_error(Fault::kInput, concat(name, ":", e.source().begin.line, ":",
                                      e.source().begin.column, ": ", e.description()));
  }
}

// The value of "key=value": TOML, or else the text itself, so that words need no quotes.
toml::table parse_override(const std::string& key, const std::string& value,
                           const std::string& name) {
  try {
    return toml::parse(concat(key, " = ", value), name);
  } catch (const toml::parse_error&) {
    return parse(concat(key, " = '''", value, "'''"), name);
  }
}

void merge(toml::table& into, toml::table&& from) {
  for (auto&& [key, node] : from) {
    toml::node* old = into.get(key);
    if (old && old->is_table() && node.is_table())
      merge(*old->as_table(), std::move(*node.as_table()));
    else
      into.insert_or_assign(key, std::move(node));
  }
}

void drop_all_but(toml::table& table, const std::string& name) {
  for (auto it = table.begin(); it != table.end();)
    it = it->first.str() == name ? std::next(it) : table.erase(it);
}

// Keys of the stage's own table that the common ones have too win over those: [r1-distill.compute]
// over [compute].
void raise_common_keys(toml::table& table, const FieldTable& fields, const std::string& stage) {
  toml::table* own = stage.empty() ? nullptr : table[stage].as_table();
  if (!own) return;
  for (const Field& common : fields.fields) {
    toml::node* node = own->get(common.name);
    if (!node || common.name == stage) continue;
    toml::table raised;
    raised.insert_or_assign(common.name, std::move(*node));
    own->erase(common.name);
    merge(table, std::move(raised));
  }
}

}  // namespace

void read_fields(const FieldTable& fields, const ConfigSource& source) {
  toml::table table;
  if (!source.file.empty()) table = parse(read_file(source.file), source.file);
  raise_common_keys(table, fields, source.stage_table);  // of the file: what --set says comes later
  for (const std::string& text : source.overrides) {
    const auto equals = text.find('=');
    R1_CHECK_INPUT(equals != text.npos && equals > 0, "--set ", text, ": expected table.key=value");
    merge(table, parse_override(text.substr(0, equals), text.substr(equals + 1), "--set " + text));
  }
  if (!source.only_table.empty()) drop_all_but(table, source.only_table);
  raise_common_keys(table, fields, source.stage_table);
  Reader reader(source.file.empty() ? "command line" : source.file);
  reader.read(table, fields, "", source.foreign_tables);
  reader.conclude(fields);
}

void parse_fields(const FieldTable& fields, const std::string& toml, const std::string& name) {
  Reader reader(name);
  reader.read(parse(toml, name), fields, "", {});
  reader.conclude(fields);
}

}  // namespace r1
