#include "libr1/tensor/arena.h"

#include <limits>

namespace r1 {

Arena::Arena(int64_t capacity_bytes, Device device)
    : block_(capacity_bytes, device), capacity_(capacity_bytes), device_(device) {}

Arena Arena::measuring(Device device) {
  Arena arena(0, device);
  arena.capacity_ = std::numeric_limits<int64_t>::max() / 2;
  arena.measuring_ = true;
  return arena;
}

TensorView Arena::allocate(Shape shape, Dtype dtype) {
  const int64_t bytes = (shape.size() * size_bytes(dtype) + 63) / 64 * 64;
  R1_CHECK(used_ + bytes <= capacity_, "the activation arena is full: ", used_, " of ", capacity_,
           " bytes used, a tensor ", shape.to_string(), " of ", to_string(dtype), " needs ", bytes,
           "; lower the tokens of a micro-batch");
  TensorView view{nullptr, shape, dtype, device_};
  if (!measuring_) view.bytes = static_cast<std::byte*>(block_.data()) + used_;
  used_ += bytes;
  peak_ = std::max(peak_, used_);
  return view;
}

}  // namespace r1
