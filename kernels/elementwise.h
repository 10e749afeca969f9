// Loops over flat ranges.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// y += x
template <Device D, class T>
void add_in_place(int64_t count, const T* x, T* y, Stream stream);

// sum = parts[0] + parts[1] + ... in this order, in the accumulator type, rounded once.
// parts: [num_parts, count]   sum: [count], which may lie in one of them
template <Device D, class T>
void sum_parts(int64_t num_parts, int64_t count, const T* parts, T* sum, Stream stream);

// y[r, c] = x[r, c] where the rows of y are `stride` apart.   x: [rows, cols]
template <Device D, class T>
void place_columns(int64_t rows, int64_t cols, const T* x, int64_t stride, T* y, Stream stream);

// y = x in another type: f32 to bf16 (round to nearest even), bf16 to f32, or a copy.
template <Device D, class From, class To>
void convert(int64_t count, const From* x, To* y, Stream stream);

// Sum of x^2 in double. The order is fixed by `count`: blocks of kSquaresOfABlock, then those.
// NaN and infinity show in the result.   blocks: [num_square_blocks(count)], work space
inline constexpr int64_t kSquaresOfABlock = 4096;
inline int64_t num_square_blocks(int64_t count) {
  return (count + kSquaresOfABlock - 1) / kSquaresOfABlock;
}
template <Device D, class A>
void sum_of_squares(int64_t count, const A* x, double* blocks, double* sum, Stream stream);

}  // namespace r1::kernels
