// Vector functions that no kernel's interface shows alone.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"

namespace r1::kernels {

template <Isa I>
void exp_each(int64_t count, const float* x, float* y);
template <Isa I>
float max_of(int64_t count, const float* x);

}  // namespace r1::kernels
