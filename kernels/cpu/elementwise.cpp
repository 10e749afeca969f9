#include "kernels/elementwise.h"

#include <algorithm>

#include "kernels/cpu/simd/elementwise.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {
namespace {

constexpr int64_t kGrain = 16384;

}  // namespace

template <Device D, class T>
void add_in_place(int64_t count, const T* x, T* y, Stream stream) {
  parallel_for(stream, count, kGrain, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() { simd::add_in_place<I>(end - begin, x + begin, y + begin); });
  });
}

template <Device D, class T>
void sum_parts(int64_t num_parts, int64_t count, const T* parts, T* sum, Stream stream) {
  parallel_for(stream, count, kGrain, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() {
      simd::sum_parts<I>(num_parts, end - begin, count, parts + begin, sum + begin);
    });
  });
}

template <Device D, class T>
void place_columns(int64_t rows, int64_t cols, const T* x, int64_t stride, T* y, Stream stream) {
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, cols));
  parallel_for(stream, rows, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) std::copy_n(x + row * cols, cols, y + row * stride);
  });
}

template <Device D, class From, class To>
void convert(int64_t count, const From* x, To* y, Stream stream) {
  parallel_for(stream, count, kGrain, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() { simd::convert<I>(end - begin, x + begin, y + begin); });
  });
}

template <Device D, class A>
void sum_of_squares(int64_t count, const A* x, double* blocks, double* sum, Stream stream) {
  parallel_for(stream, num_square_blocks(count), 4, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const int64_t at = b * kSquaresOfABlock, size = std::min(kSquaresOfABlock, count - at);
      blocks[b] = on_isa([&]<Isa I>() { return simd::sum_of_squares<I>(size, x + at); });
    }
  });
  *sum = 0;
  for (int64_t b = 0; b < num_square_blocks(count); ++b) *sum += blocks[b];
}

template void add_in_place<Device::kCpu, float>(int64_t, const float*, float*, Stream);
template void add_in_place<Device::kCpu, Bf16>(int64_t, const Bf16*, Bf16*, Stream);
template void sum_parts<Device::kCpu, float>(int64_t, int64_t, const float*, float*, Stream);
template void sum_parts<Device::kCpu, Bf16>(int64_t, int64_t, const Bf16*, Bf16*, Stream);
template void place_columns<Device::kCpu, float>(int64_t, int64_t, const float*, int64_t, float*,
                                                 Stream);
template void convert<Device::kCpu, float, float>(int64_t, const float*, float*, Stream);
template void convert<Device::kCpu, float, Bf16>(int64_t, const float*, Bf16*, Stream);
template void convert<Device::kCpu, Bf16, float>(int64_t, const Bf16*, float*, Stream);
template void convert<Device::kCpu, Bf16, Bf16>(int64_t, const Bf16*, Bf16*, Stream);
template void sum_of_squares<Device::kCpu, float>(int64_t, const float*, double*, double*, Stream);

}  // namespace r1::kernels
