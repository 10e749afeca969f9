#include <charconv>
#include <cmath>

#include "libr1/config/config.h"
#include "libr1/config/dotted.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr char kHex[] = "0123456789abcdef";
          out += concat("\\u00", kHex[c >> 4], kHex[c & 15]);
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

// The shortest text that reads back as the same double, always with a point or an exponent.
std::string number(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (std::isnan(value)) return "nan";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

struct ValueText {
  std::string operator()(const bool* v) const { return *v ? "true" : "false"; }
  std::string operator()(const int* v) const { return std::to_string(*v); }
  std::string operator()(const int64_t* v) const { return std::to_string(*v); }
  std::string operator()(const uint64_t* v) const { return std::to_string(*v); }
  std::string operator()(const double* v) const { return number(*v); }
  std::string operator()(const std::string* v) const { return quoted(*v); }
  std::string operator()(const std::vector<int64_t>* v) const { return list(*v); }
  std::string operator()(const std::vector<double>* v) const { return list(*v); }
  std::string operator()(const std::vector<std::string>* v) const { return list(*v); }
  std::string operator()(const EnumAccess& access) const {
    return quoted(std::string(access.names.at(access.get())));
  }
  std::string operator()(const std::shared_ptr<FieldTable>&) const { return "{}"; }

  template <class T>
  std::string list(const std::vector<T>& values) const {
    std::string out = "[";
    for (const T& value : values) out += (out.size() > 1 ? ", " : "") + (*this)(&value);
    return out + "]";
  }
};

std::string type_name(const Field& field) {
  static constexpr const char* kNames[] = {"bool",    "integer", "integer",  "integer",
                                           "number",  "string",  "integers", "numbers",
                                           "strings", "choice",  "table"};
  return kNames[field.target.index()];
}

const FieldTable* inner_table(const Field& field) {
  const auto* table = std::get_if<std::shared_ptr<FieldTable>>(&field.target);
  return table ? table->get() : nullptr;
}

void write(const FieldTable& fields, const std::string& path, std::string& out) {
  for (const Field& field : fields.fields)
    if (!inner_table(field))
      out += concat("# ", field.doc, "\n", field.name, " = ", std::visit(ValueText{}, field.target),
                    "\n");
  for (const Field& field : fields.fields)
    if (const FieldTable* inner = inner_table(field)) {
      const std::string name = dotted(path, field.name);
      out += concat("\n# ", field.doc, "\n[", name, "]\n");
      write(*inner, name, out);
    }
}

std::string escaped_cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
  return text;
}

// A doc string without the parenthesis that names where a value is printed, and what stands in it.
struct SourcedDoc {
  std::string meaning, source;
};

SourcedDoc split_source(const std::string& doc) {
  for (size_t begin = doc.find('('); begin != doc.npos; begin = doc.find('(', begin + 1)) {
    const size_t end = doc.find(')', begin);
    if (end == doc.npos) break;
    std::string inner = doc.substr(begin + 1, end - begin - 1);
    bool is_source = false;
    for (const char* const name : {"paper", "printed", "V3", "DAPO"})
      is_source = is_source || inner.find(name) != inner.npos;
    if (!is_source) continue;
    if (inner.starts_with("paper: ") || inner.starts_with("paper, ")) inner.erase(0, 7);
    const size_t from = begin > 0 && doc[begin - 1] == ' ' ? begin - 1 : begin;
    return {doc.substr(0, from) + doc.substr(end + 1), inner};
  }
  return {doc, ""};
}

void document(const FieldTable& fields, const std::string& path, std::string& out) {
  for (const Field& field : fields.fields) {
    const std::string name = dotted(path, field.name);
    if (const FieldTable* inner = inner_table(field)) {
      document(*inner, name, out);
      continue;
    }
    std::string type = type_name(field);
    if (const auto* access = std::get_if<EnumAccess>(&field.target)) {
      type = "one of";
      for (const std::string_view choice : access->names) type += concat(" `", choice, "`");
    } else if (field.form != TextForm::kAny) {
      type = type == "strings" ? "paths" : "path";
    } else if (const std::string range = field.range.to_string(); range != "any number") {
      type += ", " + range;
    }
    const auto [meaning, source] = split_source(field.doc);
    const std::string value = escaped_cell(std::visit(ValueText{}, field.target));
    out += concat("| `", name, "` | ", escaped_cell(type), " | ",
                  field.required ? "required" : concat("`", value, "`"), " | ",
                  escaped_cell(meaning), " | ", escaped_cell(source), " |\n");
  }
}

}  // namespace

std::string Range::to_string() const {
  const bool has_low = !std::isinf(low), has_high = !std::isinf(high);
  const std::string above = concat(open_low ? "more than " : "at least ", low);
  const std::string below = concat(open_high ? "less than " : "at most ", high);
  if (has_low && has_high)
    return open_low || open_high ? concat(above, " and ", below)
                                 : concat("between ", low, " and ", high);
  if (has_low) return above;
  return has_high ? below : "any number";
}

std::string write_fields(const FieldTable& fields) {
  std::string out;
  write(fields, "", out);
  return out;
}

std::string document_fields(const FieldTable& fields) {
  std::string out = "| key | type | default | meaning | paper |\n|---|---|---|---|---|\n";
  document(fields, "", out);
  return out;
}

}  // namespace r1
