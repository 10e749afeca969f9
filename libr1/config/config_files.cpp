#include "libr1/config/config.h"
#include "libr1/config/dotted.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

class Lookup {
 public:
  explicit Lookup(const std::string& name) : name_(name) {}

  void look(const FieldTable& fields, const std::string& table) {
    for (const Field& field : fields.fields) {
      const std::string key = dotted(table, field.name);
      if (const auto* inner = std::get_if<std::shared_ptr<FieldTable>>(&field.target))
        look(**inner, key);
      else if (field.form != TextForm::kAny)
        look(field, key);
    }
  }

  void throw_if_any() const { R1_CHECK_INPUT(missing_.empty(), missing_); }

 private:
  void look(const Field& field, const std::string& key) {
    if (const auto* one = std::get_if<std::string*>(&field.target)) {
      if (field.required || !(*one)->empty()) look(std::string(path_of(**one, field.form)), key);
      return;
    }
    for (const std::string& text : *std::get<std::vector<std::string>*>(field.target))
      look(std::string(path_of(text, field.form)), key);
  }

  void look(const std::string& path, const std::string& key) {
    if (path.starts_with(kInRun) || file_exists(path)) return;
    missing_ += concat(missing_.empty() ? "" : "\n", name_, ": '", key, "' ");
    missing_ += path.empty() ? "is empty, expected a path"
                             : concat("names ", path, ": no such file", looked_from(path));
  }

  const std::string& name_;
  std::string missing_;
};

}  // namespace

std::string_view path_of(std::string_view text, TextForm form) {
  return form == TextForm::kNamedPath ? text.substr(text.find('=') + 1) : text;
}

void check_files(const FieldTable& fields, const std::string& name) {
  Lookup lookup(name);
  lookup.look(fields, "");
  lookup.throw_if_any();
}

}  // namespace r1
