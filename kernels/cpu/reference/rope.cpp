#include "kernels/rope.h"

namespace r1::kernels {

template <>
void rope<Device::kCpu, double>(const RopeShape& shape, const int32_t* positions,
                                const double* cos_sin, int direction, double* x, Stream) {
  const int64_t half = shape.head_dim / 2;
  const bool split = shape.pairs == RopePairs::kHalfSplit;
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (int64_t head = 0; head < shape.heads; ++head) {
      double* v = x + row * shape.stride + head * shape.head_dim;
      for (int64_t i = 0; i < half; ++i) {
        const double* entry = cos_sin + (positions[row] * half + i) * 2;
        const double sine = direction * entry[1];
        double& a = v[split ? i : 2 * i];
        double& b = v[split ? i + half : 2 * i + 1];
        const double rotated = a * entry[0] - b * sine;
        b = b * entry[0] + a * sine;
        a = rotated;
      }
    }
  }
}

}  // namespace r1::kernels
