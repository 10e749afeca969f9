#include "kernels/swiglu.h"

#include <cmath>

namespace r1::kernels {

template <>
void swiglu_forward<Device::kCpu, double>(int64_t rows, int64_t cols, const double* gate_up,
                                          double* y, Stream) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < cols; ++i) {
      const double g = gate_up[row * 2 * cols + i];
      y[row * cols + i] = g / (1 + std::exp(-g)) * gate_up[row * 2 * cols + cols + i];
    }
  }
}

template <>
void swiglu_backward<Device::kCpu, double>(int64_t rows, int64_t cols, const double* dy,
                                           const double* gate_up, double* dgate_up, Stream) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < cols; ++i) {
      const int64_t at = row * 2 * cols + i;
      const double d = dy[row * cols + i];
      const double g = gate_up[at];
      const double u = gate_up[at + cols];
      const double s = 1 / (1 + std::exp(-g));
      dgate_up[at] = d * u * s * (1 + g * (1 - s));
      dgate_up[at + cols] = d * g * s;
    }
  }
}

}  // namespace r1::kernels
