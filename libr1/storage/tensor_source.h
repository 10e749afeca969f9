// Named tensors of a foreign file, read some rows at a time: a model that is larger than the
// memory can pass through.
#pragma once

#include <string>
#include <vector>

#include "libr1/tensor/tensor.h"

namespace r1 {

// Whether `part` is rows [first, first + part[0]) of a tensor of shape `whole`. A scalar is its own
// only row range.
bool is_row_range(const Shape& whole, int64_t first, const Shape& part);

// Memory for some rows of one tensor after another, taken once.
class RowBlock {
 public:
  // Room for a block of each of these shapes.
  RowBlock(const std::vector<Shape>& shapes, Dtype dtype);
  // How many rows of a tensor of this shape make a block of some MiB: at least 1.
  static int64_t rows(const Shape& shape);
  // So many rows of it, at most rows(shape); a scalar is one row.
  TensorView view(const Shape& shape, int64_t count) const;

 private:
  Tensor memory_;
};

class TensorSource {
 public:
  virtual ~TensorSource() = default;

  virtual std::vector<std::string> names() const = 0;  // sorted
  // Fault::kInput naming file and tensor when there is no such tensor; read_rows too.
  virtual const Shape& shape(const std::string& name) const = 0;
  // Rows [first, first + into.shape[0]) of dim 0; the other dims are the tensor's. Converted to
  // into.dtype, rounded to nearest.
  virtual void read_rows(const std::string& name, int64_t first, const TensorView& into) const = 0;
};

}  // namespace r1
