// Loops over flat ranges.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

// y += x
template <Device D, class T>
void add_in_place(int64_t count, const T* x, T* y, Stream stream);

// y = x in another type: f32 to bf16 (round to nearest even), bf16 to f32, or a copy.
template <Device D, class From, class To>
void convert(int64_t count, const From* x, To* y, Stream stream);

// Sum of x^2 in double. The order is fixed by `count`: blocks of 4096, each summed in lanes, then
// added one after another. NaN and infinity show in the result.
template <Device D, class A>
double sum_of_squares(int64_t count, const A* x, Stream stream);

}  // namespace r1::kernels
