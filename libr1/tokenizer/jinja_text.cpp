// Values as text and JSON.
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/tokenizer/jinja_value.h"

namespace r1::jinja {
namespace {

using Json = nlohmann::ordered_json;

// Python's repr(): the shortest digits that give the number back, with an exponent below 1e-4 and
// from 1e16 on.
std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char text[64];
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  std::string result(text, std::to_chars(text, text + sizeof text, value, format).ptr);
  if (plain && result.find('.') == result.npos) result += ".0";
  return result;
}

void append_quoted(std::string& out, const std::string& text) {
  const bool single = text.find('\'') == text.npos || text.find('"') != text.npos;
  const char quote = single ? '\'' : '"';
  out += quote;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      if (c == quote || c == '\\') out += '\\';
      out += c;
    }
  }
  out += quote;
}

void append_repr(std::string& out, const Value& value) {
  if (value.text()) return append_quoted(out, *value.text());
  const bool is_map = value.map() != nullptr;
  if (!is_map && !value.list()) {
    out += to_text(value);
    return;
  }
  out += is_map ? '{' : '[';
  const size_t start = out.size();
  const auto separate = [&] { out += out.size() > start ? ", " : ""; };
  if (is_map)
    for (const auto& [key, item] : value.map()->items) {
      separate();
      append_quoted(out, key);
      out += ": ";
      append_repr(out, item);
    }
  else
    for (const Value& item : value.list()->items) {
      separate();
      append_repr(out, item);
    }
  out += is_map ? '}' : ']';
}

std::string json_string(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_json(std::string& out, const Value& value, int indent, int level);

void append_json_items(std::string& out, const Value& value, int indent, int level) {
  const auto new_line = [&](int at) {
    if (indent >= 0) out.append("\n").append(static_cast<size_t>(indent * at), ' ');
  };
  const char* comma = indent >= 0 ? "," : ", ";
  bool first = true;
  const auto separate = [&] {
    out += first ? "" : comma;
    first = false;
    new_line(level + 1);
  };
  if (const Map* map = value.map())
    for (const auto& [key, item] : map->items) {
      separate();
      out += json_string(key) + ": ";
      append_json(out, item, indent, level + 1);
    }
  else
    for (const Value& item : value.list()->items) {
      separate();
      append_json(out, item, indent, level + 1);
    }
  if (!first) new_line(level);
}

void append_json(std::string& out, const Value& value, int indent, int level) {
  if (const auto* flag = value.as<bool>()) {
    out += *flag ? "true" : "false";
  } else if (value.is_number()) {
    out += to_text(value);
  } else if (value.text()) {
    out += json_string(*value.text());
  } else if (value.is_none()) {
    out += "null";
  } else if (value.list() || (value.map() && !value.name_space())) {
    out += value.list() ? '[' : '{';
    append_json_items(out, value, indent, level);
    out += value.list() ? ']' : '}';
  } else {
    throw_error(Fault::kInput, concat("tojson of ", value.type_name()));
  }
}

Value value_of(const Json& json, int depth) {
  R1_CHECK_INPUT(depth < kDeepestValue, "JSON is nested more than ", kDeepestValue, " deep");
  if (json.is_null()) return None{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_number_unsigned() && json.get<uint64_t>() > uint64_t{INT64_MAX})
    return json.get<double>();
  if (json.is_number()) return json.get<int64_t>();
  if (json.is_array()) {
    std::vector<Value> items;
    for (const Json& item : json) items.push_back(value_of(item, depth + 1));
    return Value::list(std::move(items));
  }
  Map map;
  for (const auto& [key, item] : json.items())
    map.items.emplace_back(key, value_of(item, depth + 1));
  return Value::map(std::move(map));
}

}  // namespace

std::string to_text(const Value& value) {
  if (const std::string* text = value.text()) return *text;
  if (value.is_undefined()) return "";
  if (value.is_none()) return "None";
  if (const bool* flag = value.as<bool>()) return *flag ? "True" : "False";
  if (const int64_t* integer = value.as<int64_t>()) return std::to_string(*integer);
  if (const double* number = value.as<double>()) return number_text(*number);
  R1_CHECK_INPUT(!value.name_space() && !value.function(), value.type_name(), " has no text");
  return to_repr(value);
}

std::string to_repr(const Value& value) {
  std::string text;
  append_repr(text, value);
  return text;
}

std::string to_json(const Value& value, int indent) {
  std::string text;
  append_json(text, value, indent, 0);
  return text;
}

Value from_json(std::string_view json) {
  try {
    return value_of(Json::parse(json), 0);
  } catch (const Json::exception& error) {
    throw_error(Fault::kInput, concat("not valid JSON: ", error.what()));
  }
}

}  // namespace r1::jinja
