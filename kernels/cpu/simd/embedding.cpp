#include "kernels/cpu/simd/embedding.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {

template <Isa I, class T>
void embedding_backward(int64_t rows, int64_t cols, int64_t begin, int64_t end, const int32_t* ids,
                        TableRows part, const T* dy, float* dtable) {
  for (int64_t row = 0; row < rows; ++row) {
    if (!part.has(ids[row])) continue;
    const T* from = dy + row * cols + begin;
    float* to = dtable + (ids[row] - part.first) * cols + begin;
    for_lanes(end - begin, [&](int64_t i, auto m) {
      store(to + i, add(load(to + i, m), load(from + i, m)), m);
    });
  }
}

template void embedding_backward<kIsa, float>(int64_t, int64_t, int64_t, int64_t, const int32_t*,
                                              TableRows, const float*, float*);
template void embedding_backward<kIsa, Bf16>(int64_t, int64_t, int64_t, int64_t, const int32_t*,
                                             TableRows, const Bf16*, float*);

}  // namespace r1::kernels::simd
