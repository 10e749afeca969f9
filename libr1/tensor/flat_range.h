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

// Part `index` of `count` of `total` things, as equal as whole numbers allow.
inline FlatRange part_of(int64_t total, int64_t index, int64_t count) {
  const int64_t begin = total * index / count, end = total * (index + 1) / count;
  return {begin, end - begin};
}

}  // namespace r1
