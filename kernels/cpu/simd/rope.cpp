#include "kernels/cpu/simd/rope.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {
namespace {

// cos_sin holds cosine and sine in turns; pairs i .. i + kLanes - 1 of `half`, as two vectors.
R1_INLINE void load_cos_sin(const float* cos_sin, int64_t half, int64_t i, Vec& cosine, Vec& sine) {
  const int64_t left = 2 * (half - i);
  const Vec first = load(cos_sin + 2 * i, first_lanes(left));
  const Vec second =
      left > kLanes ? load(cos_sin + 2 * i + kLanes, first_lanes(left - kLanes)) : zero();
  cosine = even_lanes(first, second);
  sine = odd_lanes(first, second);
}

template <class T>
void rotate_half_split(const RopeShape& shape, const float* cos_sin, Vec direction, T* x) {
  const int64_t half = shape.head_dim / 2;
  for_lanes(half, [&](int64_t i, auto m) {
    Vec c, s;
    load_cos_sin(cos_sin, half, i, c, s);
    s = mul(s, direction);
    for (int64_t head = 0; head < shape.heads; ++head) {
      T* first = x + head * shape.head_dim + i;
      T* second = first + half;
      const Vec a = load(first, m);
      const Vec b = load(second, m);
      store(first, fnma(b, s, mul(a, c)), m);
      store(second, fma(a, s, mul(b, c)), m);
    }
  });
}

template <class T>
void rotate_interleaved(const RopeShape& shape, const float* cos_sin, Vec conjugate, T* x) {
  for_lanes(shape.head_dim, [&](int64_t i, auto m) {
    const Vec cs = mul(load(cos_sin + i, m), conjugate);
    for (int64_t head = 0; head < shape.heads; ++head) {
      T* pairs = x + head * shape.head_dim + i;
      store(pairs, complex_mul(load(pairs, m), cs), m);
    }
  });
}

}  // namespace

template <Isa I, class T>
void rope_row(const RopeShape& shape, const float* cos_sin, int direction, T* x) {
  const float sign = float(direction);
  if (shape.pairs == RopePairs::kHalfSplit) return rotate_half_split(shape, cos_sin, set1(sign), x);
  float conjugate[kLanes];
  for (int j = 0; j < kLanes; ++j) conjugate[j] = j % 2 ? sign : 1.0f;
  rotate_interleaved(shape, cos_sin, load(conjugate), x);
}

template void rope_row<kIsa, float>(const RopeShape&, const float*, int, float*);
template void rope_row<kIsa, Bf16>(const RopeShape&, const float*, int, Bf16*);

}  // namespace r1::kernels::simd
