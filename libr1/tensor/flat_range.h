// Pieces of a flat range of parameters, and of one parameter.
#pragma once

#include <algorithm>
#include <cstdint>

namespace r1 {

struct FlatRange {
  int64_t begin = 0;
  int64_t count = 0;
  int64_t end() const { return begin + count; }
  friend bool operator==(const FlatRange&, const FlatRange&) = default;
};

// What is in both; `count` is 0 where nothing is.
inline FlatRange overlap(const FlatRange& a, const FlatRange& b) {
  const int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(int64_t{0}, std::min(a.end(), b.end()) - begin)};
}

// A rectangle of a matrix. A vector is a matrix of one column.
struct Block {
  FlatRange rows, columns;
  int64_t size() const { return rows.count * columns.count; }
  friend bool operator==(const Block&, const Block&) = default;
};

// Part `index` of `count` of `total` things, as equal as whole numbers allow.
inline FlatRange part_of(int64_t total, int64_t index, int64_t count) {
  const int64_t begin = total * index / count, end = total * (index + 1) / count;
  return {begin, end - begin};
}

}  // namespace r1
