#include "tests/kernels/simd_probe.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels {

template <Isa I>
void exp_each(int64_t count, const float* x, float* y) {
  simd::for_lanes(
      count, [&](int64_t i, auto m) { simd::store(y + i, simd::exp(simd::load(x + i, m)), m); });
}

template <Isa I>
float max_of(int64_t count, const float* x) {
  return simd::max_value(count, x);
}

template void exp_each<kIsa>(int64_t, const float*, float*);
template float max_of<kIsa>(int64_t, const float*);

}  // namespace r1::kernels
