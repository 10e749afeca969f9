#include "libr1/tensor/tensor.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "libr1/core/gpu.h"

namespace r1 {

Shape::Shape(std::initializer_list<int64_t> dims)
    : Shape(std::span<const int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const int64_t> dims) {
  R1_CHECK(dims.size() <= dims_.size(), "a tensor has at most ", dims_.size(), " dims, asked for ",
           dims.size());
  for (const int64_t dim : dims) {
    R1_CHECK(dim >= 0, "a dim is negative: ", dim);
    dims_[static_cast<size_t>(rank_++)] = dim;
  }
}

int64_t Shape::size() const {
  int64_t product = 1;
  for (int i = 0; i < rank_; ++i)
    R1_CHECK(!__builtin_mul_overflow(product, (*this)[i], &product), "the size of ", to_string(),
             " overflows 64 bits");
  return product;
}

std::string Shape::to_string() const {
  std::string text = "[";
  for (int i = 0; i < rank_; ++i) text += (i ? ", " : "") + std::to_string((*this)[i]);
  return text + "]";
}

TensorView TensorView::rows(int64_t begin, int64_t count) const {
  R1_CHECK(shape.rank() >= 1 && begin >= 0 && count >= 0 && begin + count <= shape[0], "rows [",
           begin, ", ", begin + count, ") of a tensor ", shape.to_string());
  std::vector<int64_t> dims = shape.dims();
  const int64_t row = shape[0] == 0 ? 0 : size() / shape[0];
  dims[0] = count;
  std::byte* first =
      bytes ? static_cast<std::byte*>(bytes) + begin * row * size_bytes(dtype) : nullptr;
  return {first, Shape(dims), dtype, device};
}

TensorView TensorView::reshaped(Shape other) const {
  R1_CHECK(other.size() == size(), "cannot view ", shape.to_string(), " as ", other.to_string());
  return {bytes, other, dtype, device};
}

Buffer::Buffer(int64_t size_in_bytes, Device device) : size_(size_in_bytes), device_(device) {
  if (size_ == 0 || device == Device::kMeta) return;
  if (device == Device::kCuda) {
    data_ = gpu::allocate(size_);
    return;
  }
  const auto rounded = static_cast<size_t>((size_ + 63) / 64 * 64);
  data_ = std::aligned_alloc(64, rounded);
  R1_CHECK(data_ != nullptr, "cannot allocate ", size_ / 1.0e9, " GB of host memory");
  std::memset(data_, 0, rounded);
}

Buffer::~Buffer() {
  if (device_ == Device::kCuda)
    gpu::release(data_);
  else
    std::free(data_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      device_(other.device_) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(device_, other.device_);
  return *this;
}

Tensor::Tensor(Shape shape, Dtype dtype, Device device)
    : buffer_(shape.size() * size_bytes(dtype), device),
      view_{buffer_.data(), shape, dtype, device} {}

}  // namespace r1
