// The inner step of a product in AVX2: one k, bf16 widened to f32. avx512/dot.h has the same names.
#pragma once

#include "vec.h"

namespace r1::kernels::simd {

inline constexpr int kTileRows = 6;  // 12 accumulators, two vectors of b, two to spare

template <class T>
struct Dot {
  static constexpr int kStep = 1;
  using B = Vec;
  R1_INLINE B load_b(const T* p) { return load(p); }
  R1_INLINE Vec step(const T* a, B b, Vec acc) { return fma(set1(value(*a)), b, acc); }
  R1_INLINE Vec last_step(const T* a, B b, Vec acc) { return step(a, b, acc); }
  R1_INLINE void pack(const T* row, const T*, Mask m, T* out) { store(out, load(row, m)); }

 private:
  R1_INLINE float value(float x) { return x; }
  R1_INLINE float value(Bf16 x) { return to_float(x); }
};

}  // namespace r1::kernels::simd
