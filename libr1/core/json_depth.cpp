#include "libr1/core/json_depth.h"

#include "libr1/core/error.h"

namespace r1 {

void check_json_depth(std::string_view text, const std::string& where) {
  constexpr int kDeepest = 512;
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;  // what is escaped ends no string
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      R1_CHECK_INPUT(++depth <= kDeepest, where, ": JSON nested more than ", kDeepest,
                     " deep at byte ", i, "; no file of this kind needs that, so it is damaged");
    } else if (!in_string && (c == ']' || c == '}')) {
      --depth;
    }
  }
}

}  // namespace r1
