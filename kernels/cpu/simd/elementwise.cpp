#include "kernels/cpu/simd/elementwise.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {

template <Isa I, class T>
void add_in_place(int64_t count, const T* x, T* y) {
  for_lanes(count,
            [&](int64_t i, auto m) { store(y + i, add(load(y + i, m), load(x + i, m)), m); });
}

template <Isa I, class T>
void sum_parts(int64_t num_parts, int64_t count, int64_t stride, const T* parts, T* sum) {
  for_lanes(count, [&](int64_t i, auto m) {
    Vec total = load(parts + i, m);
    for (int64_t p = 1; p < num_parts; ++p) total = add(total, load(parts + p * stride + i, m));
    store(sum + i, total, m);
  });
}

template <Isa I, class From, class To>
void convert(int64_t count, const From* x, To* y) {
  for_lanes(count, [&](int64_t i, auto m) { store(y + i, load(x + i, m), m); });
}

template <Isa I>
double sum_of_squares(int64_t count, const float* x) {
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int j = 0; j < kLanes; ++j) lanes[j] += double(x[i + j]) * double(x[i + j]);
  for (int j = 0; i + j < count; ++j) lanes[j] += double(x[i + j]) * double(x[i + j]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

template void add_in_place<kIsa, float>(int64_t, const float*, float*);
template void add_in_place<kIsa, Bf16>(int64_t, const Bf16*, Bf16*);
template void sum_parts<kIsa, float>(int64_t, int64_t, int64_t, const float*, float*);
template void sum_parts<kIsa, Bf16>(int64_t, int64_t, int64_t, const Bf16*, Bf16*);
template void convert<kIsa, float, float>(int64_t, const float*, float*);
template void convert<kIsa, float, Bf16>(int64_t, const float*, Bf16*);
template void convert<kIsa, Bf16, float>(int64_t, const Bf16*, float*);
template void convert<kIsa, Bf16, Bf16>(int64_t, const Bf16*, Bf16*);
template double sum_of_squares<kIsa>(int64_t, const float*);

}  // namespace r1::kernels::simd
