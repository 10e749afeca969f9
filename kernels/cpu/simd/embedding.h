// Vector loops of embedding.h.
#pragma once

#include <cstdint>

#include "kernels/cpu/isa.h"
#include "kernels/embedding.h"
#include "libr1/core/types.h"

namespace r1::kernels::simd {

// Columns [begin, end) of all rows, one row after another.
template <Isa I, class T>
void embedding_backward(int64_t rows, int64_t cols, int64_t begin, int64_t end, const int32_t* ids,
                        TableRows part, const T* dy, float* dtable);

}  // namespace r1::kernels::simd
