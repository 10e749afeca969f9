#include "kernels/gemm.h"

#include <algorithm>
#include <cmath>

namespace r1::kernels {

template <>
int64_t packed_weight_size<Device::kCpu, double>(int64_t n, int64_t k) {
  return n * k;
}

template <>
void pack_weight<Device::kCpu, double>(int64_t n, int64_t k, const double* w, double* packed,
                                       Stream) {
  std::copy_n(w, n * k, packed);
}

template <>
void matmul_forward<Device::kCpu, double, double>(const GemmShape& s, const double* x,
                                                  const double* packed, const double* bias,
                                                  double* y, int64_t y_stride, Stream) {
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < s.k; ++l) sum = std::fma(x[i * s.k + l], packed[j * s.k + l], sum);
      y[i * y_stride + j] = bias ? sum + bias[j] : sum;
    }
  }
}

template <>
void matmul_backward_input<Device::kCpu, double>(const GemmShape& s, const double* dy,
                                                 const double* w, double* dx, Stream) {
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t l = 0; l < s.k; ++l) {
      double sum = 0;
      for (int64_t j = 0; j < s.n; ++j) sum = std::fma(dy[i * s.n + j], w[j * s.k + l], sum);
      dx[i * s.k + l] = sum;
    }
  }
}

template <>
void matmul_backward_weight<Device::kCpu, double>(const GemmShape& s, const double* dy,
                                                  const double* x, double* dw, Stream) {
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < s.n; ++j)
      for (int64_t l = 0; l < s.k; ++l)
        dw[j * s.k + l] = std::fma(dy[i * s.n + j], x[i * s.k + l], dw[j * s.k + l]);
}

template <>
void bias_backward<Device::kCpu, double>(const GemmShape& s, const double* dy, double* dbias,
                                         Stream) {
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < s.n; ++j) dbias[j] += dy[i * s.n + j];
}

}  // namespace r1::kernels
