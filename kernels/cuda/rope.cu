#include "kernels/rope.h"

#include "kernels/cuda/math.h"

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
    const int64_t pair = i % half;
    T* head = x + row * shape.stride + i / half * shape.head_dim;
    const bool split = shape.pairs == RopePairs::kHalfSplit;
    T& first = head[split ? pair : 2 * pair];
    T& second = head[split ? pair + half : 2 * pair + 1];
    const float c = angles[2 * pair], s = angles[2 * pair + 1] * static_cast<float>(direction);
    const float a = widen(first), b = widen(second);
    // Rounded in the CPU's order, which differs between the two layouts.
    first = narrow<T>(split ? fmaf(-b, s, a * c) : fmaf(a, c, -(b * s)));
    second = narrow<T>(split ? fmaf(a, s, b * c) : fmaf(b, c, a * s));
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
