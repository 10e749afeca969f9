#include "kernels/rmsnorm.h"

#include <cmath>

namespace r1::kernels {
namespace {

int64_t offset_of(const RmsNormShape& shape, int64_t piece) {
  return piece / shape.pieces * shape.stride + piece % shape.pieces * shape.cols;
}

}  // namespace

template <>
void rmsnorm_forward<Device::kCpu, double>(const RmsNormShape& shape, const double* x,
                                           const double* w, double* y, double* rstd, Stream) {
  for (int64_t piece = 0; piece < shape.rows * shape.pieces; ++piece) {
    const int64_t at = offset_of(shape, piece);
    double sum = 0;
    for (int64_t i = 0; i < shape.cols; ++i) sum += x[at + i] * x[at + i];
    rstd[piece] = 1 / std::sqrt(sum / static_cast<double>(shape.cols) + shape.eps);
    for (int64_t i = 0; i < shape.cols; ++i) y[at + i] = x[at + i] * rstd[piece] * w[i];
  }
}

template <>
void rmsnorm_backward_weight<Device::kCpu, double>(const RmsNormShape& shape, const double* dy,
                                                   const double* x, const double* rstd, double* dw,
                                                   Stream) {
  for (int64_t piece = 0; piece < shape.rows * shape.pieces; ++piece) {
    const int64_t at = offset_of(shape, piece);
    for (int64_t i = 0; i < shape.cols; ++i) dw[i] += dy[at + i] * x[at + i] * rstd[piece];
  }
}

template <>
void rmsnorm_backward_input<Device::kCpu, double>(const RmsNormShape& shape, const double* dy,
                                                  const double* x, const double* w,
                                                  const double* rstd, double* dx, bool accumulate,
                                                  Stream) {
  for (int64_t piece = 0; piece < shape.rows * shape.pieces; ++piece) {
    const int64_t at = offset_of(shape, piece);
    const double r = rstd[piece];
    double mean = 0;
    for (int64_t i = 0; i < shape.cols; ++i)
      mean += w[i] * dy[at + i] * x[at + i] * r / static_cast<double>(shape.cols);
    for (int64_t i = 0; i < shape.cols; ++i) {
      const double d = r * (w[i] * dy[at + i] - x[at + i] * r * mean);
      dx[at + i] = accumulate ? dx[at + i] + d : d;
    }
  }
}

}  // namespace r1::kernels
