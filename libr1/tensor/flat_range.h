// A piece of a flat range of parameters.
#pragma once

#include <cstdint>

namespace r1 {

struct FlatRange {
  int64_t begin = 0;
  int64_t count = 0;
  int64_t end() const { return begin + count; }
  friend bool operator==(const FlatRange&, const FlatRange&) = default;
};

}  // namespace r1
