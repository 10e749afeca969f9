// Products of bf16 matrices on a GPU by a library, in place of this project's kernels.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// A matrix whose rows meet those of the other factor. One of its two strides is 1.
template <class T>
struct Factor {
  const T* data = nullptr;
  int64_t rows = 0;
  int64_t row_stride = 0;
  int64_t sum_stride = 0;
};

// result[row, col] = sum over s of a(row, s) b(col, s) + bias[col] + added[row, col]
struct Product {
  Factor<Bf16> a, b;  // a's rows are tokens, but in the gradient of a weight
  int64_t sum_size = 0;
  void* result = nullptr;  // [a.rows, b.rows], rows `stride` apart, bf16 or f32
  Dtype dtype = Dtype::kBf16;
  int64_t stride = 0;
  const Bf16* bias = nullptr;   // [b.rows] or nullptr
  const void* added = nullptr;  // like the result, which it may be; or nullptr
};

class ProductLibrary {
 public:
  virtual ~ProductLibrary() = default;
  // Gives the work to the stream. False where the library does not take such a product: then the
  // project's kernel does.
  virtual bool multiply(const Product& product, const Stream& stream) const = 0;
};

}  // namespace r1::kernels
