#include "libr1/data/jsonl.h"

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

const Json& json_of(const void* json) { return *static_cast<const Json*>(json); }

// For messages: long values are cut.
std::string shown(const Json& value) {
  const std::string text = value.dump();
  return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

}  // namespace

bool JsonRow::has(const std::string& field) const { return json_of(json_).contains(field); }

std::string JsonRow::text(const std::string& field) const {
  std::string names;
  for (const auto& [name, value] : json_of(json_).items())
    names += (names.empty() ? "" : ", ") + name;
  R1_CHECK_INPUT(has(field), where_, ": the field '", field, "' is missing; the row has ", names);
  const Json& value = json_of(json_)[field];
  R1_CHECK_INPUT(value.is_string() || value.is_number(), where_, ": the field '", field, "' is ",
                 shown(value), ", expected a text");
  return value.is_string() ? value.get<std::string>() : value.dump();
}

int64_t JsonRow::integer(const std::string& field) const {
  R1_CHECK_INPUT(has(field), where_, ": the field '", field, "' is missing");
  const Json& value = json_of(json_)[field];
  const bool fits = !value.is_number_unsigned() ||
                    value.get<uint64_t>() <= uint64_t{std::numeric_limits<int64_t>::max()};
  R1_CHECK_INPUT(value.is_number_integer() && fits, where_, ": the field '", field, "' is ",
                 shown(value), ", expected an integer");
  return value.get<int64_t>();
}

void for_each_jsonl_row(const std::string& path, FunctionRef<void(const JsonRow&)> row) {
  std::ifstream file(path);
  R1_CHECK_INPUT(file, "cannot open ", path);
  int64_t line = 0, rows = 0;
  for (std::string text; std::getline(file, text);) {
    ++line;
    if (text.find_first_not_of(" \t\r") == text.npos) continue;
    const std::string where = concat(path, ":", line);
    Json json;
    try {
      json = Json::parse(text);
    } catch (const Json::exception& e) {
      throw_error(Fault::kInput,
                  concat(where, ": not JSON: ", std::string(e.what()).substr(0, 200)));
    }
    R1_CHECK_INPUT(json.is_object(), where, ": expected a JSON object, found ", json.type_name());
    row(JsonRow(&json, where));
    ++rows;
  }
  R1_CHECK_INPUT(rows > 0, path, " has no rows");
}

}  // namespace r1
