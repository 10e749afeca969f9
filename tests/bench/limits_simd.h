// The machine's own limits, as tight loops; compiled for each instruction set.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"

namespace r1::bench {

// `rounds` rounds of independent multiply-adds; returns how many floating-point operations.
template <kernels::Isa I>
double multiply_add_f32(int64_t rounds, float* sink);
template <kernels::Isa I>
double multiply_add_bf16(int64_t rounds, float* sink);
// Reads count floats.
template <kernels::Isa I>
void read_memory(const float* data, int64_t count, float* sink);

}  // namespace r1::bench
