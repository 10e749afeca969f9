// Shared memory of an emulated block.
#pragma once

#include <cstdint>
#include <cstring>

#include "tests/kernels/cuda_emulation/block.h"

namespace r1::kernels {

// An element of shared memory: every read and write is checked.
template <class T>
class SharedElement {
 public:
  explicit SharedElement(int64_t at) : at_(at) {}
  operator T() const {  // NOLINT: reads like the T that it is in native code
    T value;
    std::memcpy(&value, bytes(cuda_emulation::Access::kRead), sizeof value);
    return value;
  }
  const SharedElement& operator=(T value) const {
    std::memcpy(bytes(cuda_emulation::Access::kWrite), &value, sizeof value);
    return *this;
  }
  const SharedElement& operator=(const SharedElement& other) const { return *this = T(other); }
  const SharedElement& operator+=(T value) const { return *this = T(*this) + value; }

 private:
  std::byte* bytes(cuda_emulation::Access access) const {
    return cuda_emulation::touch_shared(at_, sizeof(T), access);
  }
  int64_t at_;
};

template <class T>
class SharedArray {
  static_assert(sizeof(T) >= 4, "races are looked for word by word");

 public:
  SharedArray() = default;
  explicit SharedArray(int64_t at) : at_(at) {}
  SharedElement<T> operator[](int64_t i) const {
    return SharedElement<T>(at_ + i * static_cast<int64_t>(sizeof(T)));
  }
  SharedArray operator+(int64_t i) const {
    return SharedArray(at_ + i * static_cast<int64_t>(sizeof(T)));
  }
  int64_t first_byte() const { return at_; }

 private:
  int64_t at_ = 0;
};

// The array of `begin` bytes into the shared memory that the launch asked for.
template <class T>
SharedArray<T> shared_array(int64_t begin) {
  return SharedArray<T>(begin);
}

}  // namespace r1::kernels
