#include "kernels/embedding.h"

#include <algorithm>

#include "kernels/cpu/simd/embedding.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {

template <Device D, class T>
void embedding_forward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part,
                       const T* table, T* y, Stream stream) {
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, cols));
  parallel_for(stream, rows, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      if (part.has(ids[row]))
        std::copy_n(table + (ids[row] - part.first) * cols, cols, y + row * cols);
      else
        std::fill_n(y + row * cols, cols, T{});
  });
}

template <Device D, class T>
void scatter_rows(int64_t rows, int64_t cols, const int32_t* ids, const T* x, T* y, Stream stream) {
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, cols));
  parallel_for(stream, rows, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      std::copy_n(x + row * cols, cols, y + ids[row] * cols);
  });
}

template <Device D, class T>
void embedding_backward(int64_t rows, int64_t cols, const int32_t* ids, TableRows part, const T* dy,
                        Accumulator<T>* dtable, Stream stream) {
  // Threads share columns: a token may occur many times, and its sum must stay in row order.
  parallel_for(stream, cols, 64, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() {
      simd::embedding_backward<I>(rows, cols, begin, end, ids, part, dy, dtable);
    });
  });
}

#define R1_INSTANTIATE(T)                                                                        \
  template void embedding_forward<Device::kCpu, T>(int64_t, int64_t, const int32_t*, TableRows,  \
                                                   const T*, T*, Stream);                        \
  template void scatter_rows<Device::kCpu, T>(int64_t, int64_t, const int32_t*, const T*, T*,    \
                                              Stream);                                           \
  template void embedding_backward<Device::kCpu, T>(int64_t, int64_t, const int32_t*, TableRows, \
                                                    const T*, float*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
