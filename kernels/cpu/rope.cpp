#include "kernels/rope.h"

#include <algorithm>

#include "kernels/cpu/simd/rope.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {

template <Device D, class T>
void rope(const RopeShape& shape, const int32_t* positions, const Accumulator<T>* cos_sin,
          int direction, T* x, Stream stream) {
  const int64_t row_size = std::max<int64_t>(1, shape.heads * shape.head_dim);
  const int64_t grain = std::max<int64_t>(1, 16384 / row_size);
  parallel_for(stream, shape.rows, grain, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() {
      for (int64_t row = begin; row < end; ++row)
        simd::rope_row<I>(shape, cos_sin + positions[row] * shape.head_dim, direction,
                          x + row * shape.stride);
    });
  });
}

template void rope<Device::kCpu, float>(const RopeShape&, const int32_t*, const float*, int, float*,
                                        Stream);
template void rope<Device::kCpu, Bf16>(const RopeShape&, const int32_t*, const float*, int, Bf16*,
                                       Stream);

}  // namespace r1::kernels
