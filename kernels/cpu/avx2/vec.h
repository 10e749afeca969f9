// One vector of floats in AVX2 with FMA: avx512/vec.h has the same names with 16 lanes.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/isa.h"
#include "libr1/core/types.h"

namespace r1::kernels {

inline constexpr Isa kIsa = Isa::kAvx2;

namespace simd {

inline constexpr int kLanes = 8;
using Vec = __m256;
struct Mask {
  __m256i lanes;  // all ones or zeros
};

#define R1_INLINE static inline __attribute__((always_inline))

// Lanes [0, n); n may be anything.
R1_INLINE Mask first_lanes(int64_t n) {
  const int count = n >= 8 ? 8 : n <= 0 ? 0 : int(n);
  return {_mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))};
}

R1_INLINE Vec set1(float x) { return _mm256_set1_ps(x); }
R1_INLINE Vec zero() { return _mm256_setzero_ps(); }

R1_INLINE Vec widen(__m128i half) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}
R1_INLINE Vec load(const float* p) { return _mm256_loadu_ps(p); }
R1_INLINE Vec load(const Bf16* p) { return widen(_mm_loadu_si128((const __m128i*)p)); }
// Lanes outside the mask read nothing and are 0.
R1_INLINE Vec load(const float* p, Mask m) { return _mm256_maskload_ps(p, m.lanes); }
R1_INLINE Vec load(const Bf16* p, Mask m) {
  alignas(32) uint32_t wide[8] = {};
  const int count = __builtin_popcount(_mm256_movemask_ps(_mm256_castsi256_ps(m.lanes)));
  for (int i = 0; i < count; ++i) wide[i] = uint32_t{p[i].bits} << 16;
  return _mm256_load_ps((const float*)wide);
}

// Rounds to nearest even; NaN is kept.
R1_INLINE __m128i narrow(Vec x) {
  const __m256i bits = _mm256_castps_si256(x);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256 nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
  const __m256i high =
      _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, _mm256_castps_si256(nan)), 16);
  return _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
}
R1_INLINE void store(float* p, Vec x) { _mm256_storeu_ps(p, x); }
R1_INLINE void store(Bf16* p, Vec x) { _mm_storeu_si128((__m128i*)p, narrow(x)); }
R1_INLINE void store(float* p, Vec x, Mask m) { _mm256_maskstore_ps(p, m.lanes, x); }
R1_INLINE void store(Bf16* p, Vec x, Mask m) {
  alignas(16) Bf16 narrowed[8];
  _mm_store_si128((__m128i*)narrowed, narrow(x));
  const int count = __builtin_popcount(_mm256_movemask_ps(_mm256_castsi256_ps(m.lanes)));
  for (int i = 0; i < count; ++i) p[i] = narrowed[i];
}

R1_INLINE Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
R1_INLINE Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
R1_INLINE Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
R1_INLINE Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
R1_INLINE Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
R1_INLINE Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
R1_INLINE Vec sqrt(Vec a) { return _mm256_sqrt_ps(a); }
R1_INLINE Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }    // a b + c
R1_INLINE Vec fnma(Vec a, Vec b, Vec c) { return _mm256_fnmadd_ps(a, b, c); }  // c - a b
R1_INLINE Vec select(Mask m, Vec yes, Vec no) {
  return _mm256_blendv_ps(no, yes, _mm256_castsi256_ps(m.lanes));
}
R1_INLINE Mask less(Vec a, Vec b) { return {_mm256_castps_si256(_mm256_cmp_ps(a, b, _CMP_LT_OQ))}; }
R1_INLINE Vec round(Vec a) {
  return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// 2^n for integral n in [-126, 127]
R1_INLINE Vec pow2(Vec n) {
  return _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}

R1_INLINE bool any_nan(Vec a) { return _mm256_movemask_ps(_mm256_cmp_ps(a, a, _CMP_UNORD_Q)); }

// Lanes 0, 2, 4 ... and 1, 3, 5 ... of a followed by b.
R1_INLINE Vec even_lanes(Vec a, Vec b) {
  const __m256d mixed = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88));
  return _mm256_castpd_ps(_mm256_permute4x64_pd(mixed, 0xd8));
}
R1_INLINE Vec odd_lanes(Vec a, Vec b) {
  const __m256d mixed = _mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xdd));
  return _mm256_castpd_ps(_mm256_permute4x64_pd(mixed, 0xd8));
}
// Pairs (x, y) of neighbouring lanes times pairs (c, s): (x c - y s, y c + x s).
R1_INLINE Vec complex_mul(Vec xy, Vec cs) {
  const Vec cross = _mm256_mul_ps(_mm256_permute_ps(xy, 0xb1), _mm256_movehdup_ps(cs));
  return _mm256_fmaddsub_ps(xy, _mm256_moveldup_ps(cs), cross);
}

// Over all lanes, always in the same tree.
R1_INLINE float sum_lanes(Vec x) {
  __m128 b = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  b = _mm_add_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps(b, b, 1)));
}
R1_INLINE float max_lanes(Vec x) {
  __m128 b = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  b = _mm_max_ps(b, _mm_movehl_ps(b, b));
  return _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps(b, b, 1)));
}

}  // namespace simd
}  // namespace r1::kernels
