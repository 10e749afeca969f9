#include "kernels/rmsnorm.h"

#include <algorithm>

#include "kernels/cpu/simd/rmsnorm.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {
namespace {

constexpr int64_t kGrainElements = 16384;
constexpr int64_t kGrainCols = 32;

int64_t rows_of_a_grain(const RmsNormShape& shape) {
  return std::max<int64_t>(1, kGrainElements / std::max<int64_t>(1, shape.pieces * shape.cols));
}

}  // namespace

template <Device D, class T>
void rmsnorm_forward(const RmsNormShape& shape, const T* x, const T* w, T* y, Accumulator<T>* rstd,
                     Stream stream) {
  parallel_for(stream, shape.rows, rows_of_a_grain(shape), [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() { simd::rmsnorm_forward<I>(shape, begin, end, x, w, y, rstd); });
  });
}

template <Device D, class T>
void rmsnorm_backward_weight(const RmsNormShape& shape, const T* dy, const T* x,
                             const Accumulator<T>* rstd, Accumulator<T>* dw, Stream stream) {
  // The threads share columns, so each sum stays in row order.
  parallel_for(stream, shape.cols, kGrainCols, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() { simd::rmsnorm_backward_weight<I>(shape, begin, end, dy, x, rstd, dw); });
  });
}

template <Device D, class T>
void rmsnorm_backward_input(const RmsNormShape& shape, const T* dy, const T* x, const T* w,
                            const Accumulator<T>* rstd, T* dx, bool accumulate, Stream stream) {
  const simd::RmsNormGrad<T> grad{dy, x, w, rstd, dx, accumulate};
  parallel_for(stream, shape.rows, rows_of_a_grain(shape), [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() { simd::rmsnorm_backward_input<I>(shape, begin, end, grad); });
  });
}

#define R1_INSTANTIATE(T)                                                                         \
  template void rmsnorm_forward<Device::kCpu, T>(const RmsNormShape&, const T*, const T*, T*,     \
                                                 float*, Stream);                                 \
  template void rmsnorm_backward_weight<Device::kCpu, T>(const RmsNormShape&, const T*, const T*, \
                                                         const float*, float*, Stream);           \
  template void rmsnorm_backward_input<Device::kCpu, T>(const RmsNormShape&, const T*, const T*,  \
                                                        const T*, const float*, T*, bool, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
