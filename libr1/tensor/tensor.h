// Memory and views of it. A Buffer owns bytes; a TensorView is a typed, shaped, non-owning window.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/core/types.h"

namespace r1 {

// Up to four dims, row-major and dense.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims);
  explicit Shape(std::span<const int64_t> dims);

  int rank() const { return rank_; }
  int64_t operator[](int dim) const { return dims_[static_cast<size_t>(dim)]; }
  int64_t size() const;  // product of the dims, 1 for rank 0
  std::vector<int64_t> dims() const { return {dims_.begin(), dims_.begin() + rank_}; }
  std::string to_string() const;  // "[2, 3]"
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<int64_t, 4> dims_ = {};
  int rank_ = 0;
};

struct TensorView {
  void* bytes = nullptr;
  Shape shape;
  Dtype dtype = Dtype::kF32;
  Device device = Device::kCpu;

  int64_t size() const { return shape.size(); }
  int64_t size_in_bytes() const { return size() * size_bytes(dtype); }

  // The elements as T. Throws Fault::kRun when T is not the dtype.
  template <class T>
  T* data() const {
    R1_CHECK(dtype == kDtypeOf<T>, "tensor ", shape.to_string(), " holds ", r1::to_string(dtype),
             ", asked for ", r1::to_string(kDtypeOf<T>));
    return static_cast<T*>(bytes);
  }
  // For tests and small host tensors.
  template <class T>
  std::span<T> span() const {
    return {data<T>(), static_cast<size_t>(size())};
  }
  // Rows [begin, begin + count) of dim 0.
  TensorView rows(int64_t begin, int64_t count) const;
  // The same elements in another shape of equal size.
  TensorView reshaped(Shape other) const;
};

template <class T>
TensorView view_of(T* data, Shape shape, Device device = Device::kCpu) {
  return {const_cast<std::remove_const_t<T>*>(data), shape, kDtypeOf<std::remove_const_t<T>>,
          device};
}

// Zeroed memory on a device, 64-byte aligned; none on Device::kMeta. Movable, not copyable.
class Buffer {
 public:
  Buffer() = default;
  // Throws Fault::kRun with the size when there is not enough memory.
  Buffer(int64_t size_in_bytes, Device device);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  void* data() const { return data_; }
  int64_t size_in_bytes() const { return size_; }
  Device device() const { return device_; }

 private:
  void* data_ = nullptr;
  int64_t size_ = 0;
  Device device_ = Device::kCpu;
};

// A tensor that owns its memory.
class Tensor {
 public:
  Tensor() = default;
  Tensor(Shape shape, Dtype dtype, Device device = Device::kCpu);
  const TensorView& view() const { return view_; }
  operator const TensorView&() const { return view_; }  // NOLINT: a Tensor is a view that owns

 private:
  Buffer buffer_;
  TensorView view_;
};

}  // namespace r1
