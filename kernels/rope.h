// Rotary position embedding (Su et al., 2021), in place, on `heads` vectors at the start of each
// row.
#pragma once

#include <cstdint>

#include "libr1/core/types.h"

namespace r1::kernels {

enum class RopePairs : uint8_t {
  kHalfSplit,    // elements i and i + head_dim / 2 (Hugging Face's Llama and Qwen)
  kInterleaved,  // elements 2 i and 2 i + 1 (Meta's Llama, DeepSeek-V3)
};

struct RopeShape {
  int64_t rows = 0;   // tokens
  int64_t heads = 0;  // vectors rotated in each row
  int64_t head_dim = 0;
  int64_t stride = 0;  // elements from one row to the next
  RopePairs pairs = RopePairs::kHalfSplit;
};

// x: [rows, heads, head_dim] with stride   positions: [rows]
// cos_sin: [max_position + 1, head_dim / 2, 2]; see ops/rope.h for how it is made.
// direction +1 rotates forward; -1 is the gradient (a rotation is undone by its transpose).
template <Device D, class T>
void rope(const RopeShape& shape, const int32_t* positions, const Accumulator<T>* cos_sin,
          int direction, T* x, Stream stream);

}  // namespace r1::kernels
