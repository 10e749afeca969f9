#include "kernels/swiglu.h"

#include <algorithm>

#include "kernels/cpu/simd/swiglu.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {
namespace {

int64_t rows_of_a_grain(int64_t cols) {
  return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, cols));
}

}  // namespace

template <Device D, class T>
void swiglu_forward(int64_t rows, int64_t cols, const T* gate_up, T* y, Stream stream) {
  parallel_for(stream, rows, rows_of_a_grain(cols), [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() {
      simd::swiglu_forward<I>(end - begin, cols, gate_up + begin * 2 * cols, y + begin * cols);
    });
  });
}

template <Device D, class T>
void swiglu_backward(int64_t rows, int64_t cols, const T* dy, const T* gate_up, T* dgate_up,
                     Stream stream) {
  parallel_for(stream, rows, rows_of_a_grain(cols), [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() {
      simd::swiglu_backward<I>(end - begin, cols, dy + begin * cols, gate_up + begin * 2 * cols,
                               dgate_up + begin * 2 * cols);
    });
  });
}

#define R1_INSTANTIATE(T)                                                                \
  template void swiglu_forward<Device::kCpu, T>(int64_t, int64_t, const T*, T*, Stream); \
  template void swiglu_backward<Device::kCpu, T>(int64_t, int64_t, const T*, const T*, T*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
