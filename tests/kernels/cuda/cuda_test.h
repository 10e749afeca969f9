// What the tests of kernels/cuda share beside kernel_test.h.
#pragma once

#include "tests/kernels/cuda/device_array.h"
#include "tests/kernels/kernel_test.h"

namespace r1::kernels {

inline constexpr Device kCuda = Device::kCuda;

// Elements [begin, begin + count).
template <class T>
std::vector<T> part_of(const std::vector<T>& x, int64_t begin, int64_t count) {
  return {x.begin() + begin, x.begin() + begin + count};
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace r1::kernels
