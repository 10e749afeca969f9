// The inner step of a product in AVX-512: one k of f32, or a pair of k of bf16 (vdpbf16ps).
// avx2/dot.h has the same names.
#pragma once

#include "vec.h"

namespace r1::kernels::simd {

inline constexpr int kTileRows = 14;  // 28 accumulators, two vectors of b, two to spare

template <class T>
struct Dot;

template <>
struct Dot<float> {
  static constexpr int kStep = 1;  // elements of k that a step takes
  using B = __m512;
  R1_INLINE B load_b(const float* p) { return _mm512_loadu_ps(p); }
  R1_INLINE Vec step(const float* a, B b, Vec acc) {
    return _mm512_fmadd_ps(_mm512_set1_ps(*a), b, acc);
  }
  R1_INLINE Vec last_step(const float* a, B b, Vec acc) { return step(a, b, acc); }
  // kLanes columns of one k; columns outside the mask are 0.
  R1_INLINE void pack(const float* row, const float*, Mask m, float* out) {
    _mm512_storeu_ps(out, _mm512_maskz_loadu_ps(m, row));
  }
};

template <>
struct Dot<Bf16> {
  static constexpr int kStep = 2;
  using B = __m512bh;
  R1_INLINE B load_b(const Bf16* p) { return (__m512bh)_mm512_loadu_si512(p); }
  R1_INLINE Vec step(const Bf16* a, B b, Vec acc) {
    int pair;
    __builtin_memcpy(&pair, a, sizeof pair);
    return _mm512_dpbf16_ps(acc, (__m512bh)_mm512_set1_epi32(pair), b);
  }
  // The pair's second element does not exist.
  R1_INLINE Vec last_step(const Bf16* a, B b, Vec acc) {
    return _mm512_dpbf16_ps(acc, (__m512bh)_mm512_set1_epi32(a->bits), b);
  }
  // Two rows (the second may be null: zeros) into pairs.
  R1_INLINE void pack(const Bf16* row, const Bf16* next, Mask m, Bf16* out) {
    const __m512i even = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, row));
    const __m512i odd =
        next ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(m, next)) : _mm512_setzero_si512();
    _mm512_storeu_si512(out, _mm512_or_si512(even, _mm512_slli_epi32(odd, 16)));
  }
};

}  // namespace r1::kernels::simd
