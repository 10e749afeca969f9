// Vector loops of rope.h.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "kernels/rope.h"

namespace r1::kernels::simd {

// One row: x points at its first head, cos_sin at the entry of its position.
template <Isa I, class T>
void rope_row(const RopeShape& shape, const float* cos_sin, int direction, T* x);

}  // namespace r1::kernels::simd
