#include "kernels/elementwise.h"

#include <algorithm>

#include "libr1/core/types.h"

namespace r1::kernels {
namespace {

template <class From, class To>
void convert_each(int64_t count, const From* x, To* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = static_cast<To>(x[i]);
}

}  // namespace

template <>
void add_in_place<Device::kCpu, double>(int64_t count, const double* x, double* y, Stream) {
  for (int64_t i = 0; i < count; ++i) y[i] += x[i];
}

template <>
void sum_parts<Device::kCpu, double>(int64_t num_parts, int64_t count, const double* parts,
                                     double* sum, Stream) {
  for (int64_t i = 0; i < count; ++i) {
    double total = parts[i];
    for (int64_t p = 1; p < num_parts; ++p) total += parts[p * count + i];
    sum[i] = total;
  }
}

template <>
void convert<Device::kCpu, double, double>(int64_t count, const double* x, double* y, Stream) {
  convert_each(count, x, y);
}
template <>
void convert<Device::kCpu, float, double>(int64_t count, const float* x, double* y, Stream) {
  convert_each(count, x, y);
}
template <>
void convert<Device::kCpu, double, float>(int64_t count, const double* x, float* y, Stream) {
  convert_each(count, x, y);
}

template <>
void sum_of_squares<Device::kCpu, double>(int64_t count, const double* x, double*, double* sum,
                                          Stream) {
  *sum = 0;
  for (int64_t begin = 0; begin < count; begin += kSquaresOfABlock) {
    double block = 0;
    for (int64_t i = begin; i < std::min(count, begin + kSquaresOfABlock); ++i)
      block += x[i] * x[i];
    *sum += block;
  }
}

}  // namespace r1::kernels
