// How errors and pages name a key: table.key.
#pragma once

#include <string>
#include <string_view>

namespace r1 {

inline std::string dotted(std::string_view table, std::string_view key) {
  std::string name(table);
  if (!name.empty()) name += '.';
  return name.append(key);
}

}  // namespace r1
