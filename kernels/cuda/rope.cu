#include "kernels/rope.h"

#include "kernels/cuda/rotation.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 128;

// A block a row; its threads share the pairs of all heads.
template <class T>
__global__ void rotate(RopeShape shape, const int32_t* positions, const float* cos_sin,
                       int direction, T* x) {
  const int64_t row = blockIdx.x;
  const int64_t half = shape.head_dim / 2;
  const float* angles = cos_sin + positions[row] * shape.head_dim;
  for (int64_t i = threadIdx.x; i < shape.heads * half; i += blockDim.x) {
    const int64_t of_row = short_quotient(i, half), pair = i - of_row * half;
    T* head = x + row * shape.stride + of_row * shape.head_dim;
    const RopePair at = rope_pair(shape.pairs, pair, shape.head_dim);
    rotate_pair(shape.pairs, angles[2 * pair], angles[2 * pair + 1] * static_cast<float>(direction),
                head[at.first], head[at.second]);
  }
}

}  // namespace

template <Device D, class T>
void rope(const RopeShape& shape, const int32_t* positions, const Accumulator<T>* cos_sin,
          int direction, T* x, Stream stream) {
  launch("rope", rotate<T>, {shape.rows}, kThreads, 0, stream, shape, positions, cos_sin, direction,
         x);
}

template void rope<Device::kCuda, float>(const RopeShape&, const int32_t*, const float*, int,
                                         float*, Stream);
template void rope<Device::kCuda, Bf16>(const RopeShape&, const int32_t*, const float*, int, Bf16*,
                                        Stream);

}  // namespace r1::kernels
