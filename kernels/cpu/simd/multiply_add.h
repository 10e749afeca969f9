// c += a b for small blocks in f32, each element one chain of multiply-adds in the order of the
// steps: what attention is made of. b may be bf16, widened as it is read.
#pragma once

#include "kernels/cpu/simd/math.h"

namespace r1::kernels::simd {

// Element (i, s) of a is at a[i * row + s * step].
struct LeftFactor {
  const float* a = nullptr;
  int64_t row = 0, step = 0;
};
// Rows of `cols` elements; nothing after them is read.
template <class T>
struct RightFactor {
  const T* b = nullptr;
  int64_t row = 0;
};
// Rows are whole vectors long: what lies past `cols` is written as well.
struct Product {
  float* c = nullptr;
  int64_t row = 0;
};

// Accumulators fill the registers: 2 vectors a row, 2 of b, and the rest for what is broadcast.
inline constexpr int kProductRows = kLanes == 16 ? 12 : 6;

template <int Rows, int Vectors, class T, class M>
R1_INLINE void multiply_add_tile(int64_t steps, const LeftFactor& left, const RightFactor<T>& right,
                                 M last, const Product& product) {
  Vec acc[Rows][Vectors];
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Vectors; ++j) acc[i][j] = load(product.c + i * product.row + j * kLanes);
  const T* b = right.b;
  for (int64_t s = 0; s < steps; ++s, b += right.row) {
    Vec value[Vectors];
    for (int j = 0; j + 1 < Vectors; ++j) value[j] = load(b + j * kLanes);
    value[Vectors - 1] = load(b + (Vectors - 1) * kLanes, last);
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i) {
      const Vec a = set1(left.a[i * left.row + s * left.step]);
      for (int j = 0; j < Vectors; ++j) acc[i][j] = fma(a, value[j], acc[i][j]);
    }
  }
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Vectors; ++j) store(product.c + i * product.row + j * kLanes, acc[i][j]);
}

template <int Rows, class T>
static inline void multiply_add_rows(int64_t steps, int64_t cols, const LeftFactor& left,
                                     RightFactor<T> right, Product product) {
  for (; cols > 0; cols -= 2 * kLanes, right.b += 2 * kLanes, product.c += 2 * kLanes) {
    if (cols >= 2 * kLanes)
      multiply_add_tile<Rows, 2>(steps, left, right, AllLanes{}, product);
    else if (cols == kLanes)
      multiply_add_tile<Rows, 1>(steps, left, right, AllLanes{}, product);
    else if (cols < kLanes)
      multiply_add_tile<Rows, 1>(steps, left, right, first_lanes(cols), product);
    else
      multiply_add_tile<Rows, 2>(steps, left, right, first_lanes(cols - kLanes), product);
  }
}

template <class T, int Rows = kProductRows>
static inline void multiply_add_some(int64_t rows, int64_t steps, int64_t cols,
                                     const LeftFactor& left, const RightFactor<T>& right,
                                     const Product& product) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return multiply_add_rows<Rows>(steps, cols, left, right, product);
    multiply_add_some<T, Rows - 1>(rows, steps, cols, left, right, product);
  }
}

// c [rows, cols] += a [rows, steps] b [steps, cols]
template <class T>
static inline void multiply_add(int64_t rows, int64_t steps, int64_t cols, LeftFactor left,
                                const RightFactor<T>& right, Product product) {
  for (; rows > 0; rows -= kProductRows) {
    multiply_add_some<T>(rows < kProductRows ? rows : kProductRows, steps, cols, left, right,
                         product);
    left.a += kProductRows * left.row;
    product.c += kProductRows * product.row;
  }
}

}  // namespace r1::kernels::simd
