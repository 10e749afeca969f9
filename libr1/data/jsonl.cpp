#include "libr1/data/jsonl.h"

#include <zlib.h>

#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/json_depth.h"

namespace r1 {
namespace {

using Json = nlohmann::ordered_json;

const Json& json_of(const void* json) { return *static_cast<const Json*>(json); }

// Lines of a file that may be compressed: zlib passes on what is not.
class LineFile {
 public:
  explicit LineFile(const std::string& path) : path_(path), file_(::gzopen(path.c_str(), "rb")) {
    R1_CHECK_INPUT(file_, "cannot open ", path, ": ", std::strerror(errno));
  }
  ~LineFile() { ::gzclose(file_); }
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // Without its line end; false at the end of the file.
  bool next(std::string& line) {
    line.clear();
    for (;;) {
      const size_t end = buffer_.find('\n', at_);
      const size_t stop = end == buffer_.npos ? buffer_.size() : end;
      line.append(buffer_, at_, stop - at_);
      R1_CHECK_INPUT(line.size() <= kLongestLine, path_, ": a line of more than ", kLongestLine,
                     " bytes");
      at_ = stop + 1;
      if (end != buffer_.npos) return true;
      if (!fill()) return !line.empty();
    }
  }

 private:
  static constexpr size_t kLongestLine = size_t{1} << 28;

  bool fill() {
    std::array<char, 1 << 16> block;
    const int count = ::gzread(file_, block.data(), block.size());
    int code = Z_OK;
    const char* reason = ::gzerror(file_, &code);
    R1_CHECK_INPUT(count >= 0 && (code == Z_OK || code == Z_STREAM_END), path_,
                   " is damaged, or cut: ", reason);
    buffer_.assign(block.data(), static_cast<size_t>(count));
    at_ = 0;
    return count > 0;
  }

  std::string path_, buffer_;
  gzFile file_;
  size_t at_ = 0;
};

// A line's value. An integer beyond 64 bits is kept as a text, digit for digit: as a number it
// would be rounded.
class LineBuilder : public Json::json_sax_t {
 public:
  explicit LineBuilder(std::string where) : where_(std::move(where)) {}
  const Json& value() const { return value_; }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(int64_t value) override { return put(value); }
  bool number_unsigned(uint64_t value) override { return put(value); }
  bool number_float(double value, const std::string& written) override {
    const bool is_integer = written.find_first_of(".eE") == written.npos;
    return is_integer ? put(written) : put(value);
  }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool key(std::string& key) override {
    key_ = std::move(key);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t, const std::string&, const Json::exception& error) override {
    throw_error(Fault::kInput,
                concat(where_, ": not JSON: ", std::string(error.what()).substr(0, 200)));
  }

 private:
  Json& place(Json value) {
    if (open_.empty()) return value_ = std::move(value);
    Json& in = *open_.back();
    if (in.is_object()) return in[key_] = std::move(value);
    in.push_back(std::move(value));
    return in.back();
  }
  bool put(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    open_.push_back(&place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string where_, key_;
  Json value_;
  std::vector<Json*> open_;  // only what the last one points at grows
};

// For messages: long values are cut.
std::string shown(const Json& value) {
  const std::string text = value.dump();
  return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

}  // namespace

bool JsonRow::has(const std::string& field) const { return json_of(json_).contains(field); }

const void* JsonRow::value(const std::string& field) const {
  std::string names;
  for (const auto& [name, value] : json_of(json_).items())
    names += (names.empty() ? "" : ", ") + name;
  R1_CHECK_INPUT(has(field), where_, ": the field '", field, "' is missing; the row has ", names);
  return &json_of(json_)[field];
}

std::string JsonRow::text(const std::string& field) const {
  const Json& found = json_of(value(field));
  R1_CHECK_INPUT(found.is_string() || found.is_number(), where_, ": the field '", field, "' is ",
                 shown(found), ", expected a text");
  return found.is_string() ? found.get<std::string>() : found.dump();
}

int64_t JsonRow::integer(const std::string& field) const {
  const Json& found = json_of(value(field));
  const bool fits = !found.is_number_unsigned() ||
                    found.get<uint64_t>() <= uint64_t{std::numeric_limits<int64_t>::max()};
  R1_CHECK_INPUT(found.is_number_integer() && fits, where_, ": the field '", field, "' is ",
                 shown(found), ", expected an integer");
  return found.get<int64_t>();
}

bool JsonRow::flag(const std::string& field) const {
  const Json& found = json_of(value(field));
  if (found.is_boolean()) return found.get<bool>();
  R1_CHECK_INPUT(found == 0 || found == 1, where_, ": the field '", field, "' is ", shown(found),
                 ", expected true or false");
  return found == 1;
}

std::vector<std::string> JsonRow::texts(const std::string& field) const {
  const Json& found = json_of(value(field));
  std::vector<std::string> result;
  R1_CHECK_INPUT(found.is_array(), where_, ": the field '", field, "' is ", shown(found),
                 ", expected a list of texts");
  for (const Json& each : found) {
    R1_CHECK_INPUT(each.is_string(), where_, ": the field '", field, "' holds ", shown(each),
                   ", expected texts");
    result.push_back(each.get<std::string>());
  }
  return result;
}

std::vector<JsonRow> JsonRow::rows(const std::string& field) const {
  const Json& found = json_of(value(field));
  std::vector<JsonRow> result;
  R1_CHECK_INPUT(found.is_array(), where_, ": the field '", field, "' is ", shown(found),
                 ", expected a list of objects");
  for (const Json& each : found) {
    R1_CHECK_INPUT(each.is_object(), where_, ": the field '", field, "' holds ", shown(each),
                   ", expected objects");
    result.emplace_back(&each, concat(where_, ", ", field, "[", result.size(), "]"));
  }
  return result;
}

std::optional<double> JsonRow::find_number(const std::string& field) const {
  if (!has(field) || json_of(json_)[field].is_null()) return std::nullopt;
  const Json& found = json_of(json_)[field];
  R1_CHECK_INPUT(found.is_number(), where_, ": the field '", field, "' is ", shown(found),
                 ", expected a number");
  return found.get<double>();
}

bool JsonRow::is_null(const std::string& field) const {
  return has(field) && json_of(json_)[field].is_null();
}
bool JsonRow::is_text(const std::string& field) const {
  return has(field) && json_of(json_)[field].is_string();
}
bool JsonRow::is_integer(const std::string& field) const {
  return has(field) && json_of(json_)[field].is_number_integer();
}

void for_each_jsonl_row(const std::string& path, FunctionRef<void(const JsonRow&)> row) {
  LineFile file(path);
  int64_t line = 0, rows = 0;
  for (std::string text; file.next(text);) {
    ++line;
    if (text.find_first_not_of(" \t\r") == text.npos) continue;
    const std::string where = concat(path, ":", line);
    check_json_depth(text, where);
    LineBuilder builder(where);
    Json::sax_parse(text, &builder);
    const Json& json = builder.value();
    R1_CHECK_INPUT(json.is_object(), where, ": expected a JSON object, found ", json.type_name());
    row(JsonRow(&json, where));
    ++rows;
  }
  R1_CHECK_INPUT(rows > 0, path, " has no rows");
}

}  // namespace r1
