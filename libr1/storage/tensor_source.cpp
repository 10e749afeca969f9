#include "libr1/storage/tensor_source.h"

#include <algorithm>

namespace r1 {

bool is_row_range(const Shape& whole, int64_t first, const Shape& part) {
  if (whole.rank() == 0 || part.rank() == 0) return whole == part && first == 0;
  const auto dims = whole.dims(), of_part = part.dims();
  return dims.size() == of_part.size() &&
         std::equal(dims.begin() + 1, dims.end(), of_part.begin() + 1) && first >= 0 &&
         part[0] >= 0 && first <= whole[0] && part[0] <= whole[0] - first;
}

namespace {

int64_t row_size(const Shape& shape) {
  return shape.rank() == 0 || shape[0] == 0 ? 1 : shape.size() / shape[0];
}

int64_t largest_block(const std::vector<Shape>& shapes) {
  int64_t largest = 0;
  for (const Shape& shape : shapes)
    largest = std::max(largest, std::min(shape.size(), RowBlock::rows(shape) * row_size(shape)));
  return largest;
}

}  // namespace

RowBlock::RowBlock(const std::vector<Shape>& shapes, Dtype dtype)
    : memory_({largest_block(shapes)}, dtype) {}

int64_t RowBlock::rows(const Shape& shape) {
  constexpr int64_t kElements = 1 << 20;
  return std::max<int64_t>(1, kElements / std::max<int64_t>(1, row_size(shape)));
}

TensorView RowBlock::view(const Shape& shape, int64_t count) const {
  TensorView part = memory_;
  std::vector<int64_t> dims = shape.dims();
  if (!dims.empty()) dims[0] = count;
  part.shape = Shape(dims);
  R1_CHECK(part.size() <= memory_.view().size(), "a block of ", memory_.view().size(),
           " elements has no room for ", part.shape.to_string());
  return part;
}

}  // namespace r1
