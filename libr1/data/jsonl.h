// JSONL: one JSON object a line; plain, or compressed by gzip.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libr1/core/function_ref.h"

namespace r1 {

// One line's object. Valid inside the callback only.
class JsonRow {
 public:
  JsonRow(const void* json, std::string where) : json_(json), where_(std::move(where)) {}

  bool has(const std::string& field) const;
  // Fault::kInput naming file, line and field when it is missing or of another type. A number is
  // accepted for a text: an integer digit for digit, others as their shortest equal.
  std::string text(const std::string& field) const;
  int64_t integer(const std::string& field) const;
  bool flag(const std::string& field) const;                          // true, false, 1 or 0
  std::vector<std::string> texts(const std::string& field) const;     // a list
  std::vector<JsonRow> rows(const std::string& field) const;          // a list of objects
  std::optional<double> find_number(const std::string& field) const;  // nothing: absent or null
  bool is_null(const std::string& field) const;  // not for a field that is missing
  bool is_text(const std::string& field) const;
  bool is_integer(const std::string& field) const;
  const std::string& where() const { return where_; }  // "file:line"

 private:
  const void* value(const std::string& field) const;
  const void* json_;
  std::string where_;
};

// Calls row(...) for every line that is not blank. Fault::kInput for a file without rows, and for a
// line that is not a JSON object, with its number.
void for_each_jsonl_row(const std::string& path, FunctionRef<void(const JsonRow&)> row);

}  // namespace r1
