#include <algorithm>

#include "libr1/config/config.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

struct WrittenValue {
  std::string key, value;  // dotted; TOML
};

// Of a text that write_fields made: a line a value, comments and tables on lines of their own.
std::vector<WrittenValue> written_values(const std::string& toml) {
  std::vector<WrittenValue> values;
  std::string table;
  std::istringstream lines(toml);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find(" = ");
    if (line.starts_with("["))
      table = line.substr(1, line.rfind(']') - 1) + ".";
    else if (!line.starts_with("#") && equals != line.npos)
      values.push_back({table + line.substr(0, equals), line.substr(equals + 3)});
  }
  return values;
}

std::string written_value(const std::vector<WrittenValue>& values, const std::string& key) {
  const auto found = std::ranges::find(values, key, &WrittenValue::key);
  return found == values.end() ? "none" : found->value;
}

}  // namespace

std::string config_changes(const std::string& before, const std::string& after) {
  constexpr size_t kNamed = 3;
  const auto old_values = written_values(before), new_values = written_values(after);
  std::vector<std::string> changes;
  const auto add = [&](const std::string& key, const std::string& was, const std::string& is) {
    if (was != is) changes.push_back(concat(key, ": ", was, " -> ", is));
  };
  for (const auto& [key, value] : new_values) add(key, written_value(old_values, key), value);
  for (const auto& [key, value] : old_values)
    if (written_value(new_values, key) == "none") add(key, value, "none");
  std::string text;
  for (size_t i = 0; i < std::min(kNamed, changes.size()); ++i)
    text += (text.empty() ? "" : ", ") + changes[i];
  if (changes.size() > kNamed) text += concat(" and ", changes.size() - kNamed, " more");
  return text;
}

}  // namespace r1
