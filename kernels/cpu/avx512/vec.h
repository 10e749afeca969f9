// One vector of floats in AVX-512. The same names with other lane counts are in avx2/vec.h; which
// file is meant is decided by the include path. Loops written with these run on both.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/isa.h"
#include "libr1/core/types.h"

namespace r1::kernels {

inline constexpr Isa kIsa = Isa::kAvx512;

namespace simd {

inline constexpr int kLanes = 16;
using Vec = __m512;
using Mask = __mmask16;

#define R1_INLINE static inline __attribute__((always_inline))

// Lanes [0, n); n may be anything.
R1_INLINE Mask first_lanes(int64_t n) {
  return n >= 16 ? Mask(0xffff) : n <= 0 ? Mask(0) : Mask((1u << n) - 1);
}

R1_INLINE Vec set1(float x) { return _mm512_set1_ps(x); }
R1_INLINE Vec zero() { return _mm512_setzero_ps(); }

R1_INLINE Vec widen(__m256i half) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}
R1_INLINE Vec load(const float* p) { return _mm512_loadu_ps(p); }
R1_INLINE Vec load(const Bf16* p) { return widen(_mm256_loadu_si256((const __m256i*)p)); }
// Lanes outside the mask read nothing and are 0.
R1_INLINE Vec load(const float* p, Mask m) { return _mm512_maskz_loadu_ps(m, p); }
R1_INLINE Vec load(const Bf16* p, Mask m) { return widen(_mm256_maskz_loadu_epi16(m, p)); }

// Rounds to nearest even; NaN is kept. (Not vcvtneps2bf16: it flushes subnormals.)
R1_INLINE __m256i narrow(Vec x) {
  const __m512i bits = _mm512_castps_si512(x);
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
  const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  return _mm512_cvtepi32_epi16(_mm512_srli_epi32(_mm512_mask_blend_epi32(nan, rounded, quiet), 16));
}
R1_INLINE void store(float* p, Vec x) { _mm512_storeu_ps(p, x); }
R1_INLINE void store(Bf16* p, Vec x) { _mm256_storeu_si256((__m256i*)p, narrow(x)); }
R1_INLINE void store(float* p, Vec x, Mask m) { _mm512_mask_storeu_ps(p, m, x); }
R1_INLINE void store(Bf16* p, Vec x, Mask m) { _mm256_mask_storeu_epi16(p, m, narrow(x)); }

R1_INLINE Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
R1_INLINE Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
R1_INLINE Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
R1_INLINE Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
R1_INLINE Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
R1_INLINE Vec min(Vec a, Vec b) { return _mm512_min_ps(a, b); }
R1_INLINE Vec sqrt(Vec a) { return _mm512_sqrt_ps(a); }
R1_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }    // a b + c
R1_INLINE Vec fnma(Vec a, Vec b, Vec c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a b
R1_INLINE Vec select(Mask m, Vec yes, Vec no) { return _mm512_mask_blend_ps(m, no, yes); }
R1_INLINE Mask less(Vec a, Vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
R1_INLINE Vec round(Vec a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// 2^n for integral n in [-126, 127]
R1_INLINE Vec pow2(Vec n) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23));
}

R1_INLINE bool any_nan(Vec a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q) != 0; }

// Lanes 0, 2, 4 ... and 1, 3, 5 ... of a followed by b.
R1_INLINE Vec even_lanes(Vec a, Vec b) {
  const __m512i idx = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  return _mm512_permutex2var_ps(a, idx, b);
}
R1_INLINE Vec odd_lanes(Vec a, Vec b) {
  const __m512i idx = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return _mm512_permutex2var_ps(a, idx, b);
}
// Pairs (x, y) of neighbouring lanes times pairs (c, s): (x c - y s, y c + x s).
R1_INLINE Vec complex_mul(Vec xy, Vec cs) {
  const Vec cross = _mm512_mul_ps(_mm512_permute_ps(xy, 0xb1), _mm512_movehdup_ps(cs));
  return _mm512_fmaddsub_ps(xy, _mm512_moveldup_ps(cs), cross);
}

// Over all lanes, always in the same tree.
R1_INLINE float sum_lanes(Vec x) {
  const __m256 a = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps(b, b, 1)));
}
R1_INLINE float max_lanes(Vec x) {
  const __m256 a = _mm256_max_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
  __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  b = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps(b, b, 1)));
}

}  // namespace simd
}  // namespace r1::kernels
