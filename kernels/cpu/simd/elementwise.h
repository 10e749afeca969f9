// Vector loops of elementwise.h over one range.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "libr1/core/types.h"

namespace r1::kernels::simd {

template <Isa I, class T>
void add_in_place(int64_t count, const T* x, T* y);
// parts[p] begins `stride` behind parts[p - 1].
template <Isa I, class T>
void sum_parts(int64_t num_parts, int64_t count, int64_t stride, const T* parts, T* sum);
template <Isa I, class From, class To>
void convert(int64_t count, const From* x, To* y);
template <Isa I>
double sum_of_squares(int64_t count, const float* x);

}  // namespace r1::kernels::simd
