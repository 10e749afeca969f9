// Vector loop of adamw.h.
#pragma once

#include <cstdint>

#include "kernels/adamw.h"
#include "kernels/cpu/isa.h"

namespace r1::kernels::simd {

template <Isa I>
void adamw_update(const AdamWCoefficients& c, int64_t count, const float* grad, float* m, float* v,
                  float* w);

}  // namespace r1::kernels::simd
