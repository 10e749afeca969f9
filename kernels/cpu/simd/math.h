// Functions and loops built from vec.h: the same formula on every instruction set and lane.
#pragma once

#include "vec.h"

namespace r1::kernels::simd {

// e^x within 2 ulp; exactly 1 at 0; 0 below -87.33; x above 88.37 gives the value there.
// Cody-Waite reduction by ln 2 in two parts, then the Taylor polynomial of degree 7 on
// [-ln2/2, ln2/2] (its error there is 5e-9, a tenth of an ulp).
R1_INLINE Vec exp(Vec x) {
  const Mask underflow = less(x, set1(-87.33f));
  const Vec bounded = max(set1(-87.33f), min(set1(88.37f), x));  // in this order NaN passes
  const Vec n = round(mul(bounded, set1(1.44269504f)));
  const Vec r = fnma(n, set1(-2.12194440e-4f), fnma(n, set1(0.693359375f), bounded));
  Vec p = set1(1.0f / 5040.0f);
  p = fma(p, r, set1(1.0f / 720.0f));
  p = fma(p, r, set1(1.0f / 120.0f));
  p = fma(p, r, set1(1.0f / 24.0f));
  p = fma(p, r, set1(1.0f / 6.0f));
  p = fma(p, r, set1(0.5f));
  p = fma(p, r, set1(1.0f));
  p = fma(p, r, set1(1.0f));
  return select(underflow, zero(), mul(p, pow2(n)));
}

// Stands for a mask where every lane is used: loops run on whole vectors and mask the last only.
struct AllLanes {};
template <class T>
R1_INLINE Vec load(const T* p, AllLanes) {
  return load(p);
}
template <class T>
R1_INLINE void store(T* p, Vec x, AllLanes) {
  store(p, x);
}
R1_INLINE Vec select(AllLanes, Vec yes, Vec) { return yes; }

// Calls body(i, mask) for i = 0, kLanes, 2 kLanes ... below count.
template <class Body>
R1_INLINE void for_lanes(int64_t count, Body body) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) body(i, AllLanes{});
  if (i < count) body(i, first_lanes(count - i));
}

// Sum of what term(i, mask, sum) adds to `sum`, lane by lane. The order depends on count alone:
// four sums a lane for whole groups of vectors, the rest in the first of them, then a fixed tree.
template <class Term>
R1_INLINE float sum_terms(int64_t count, Term term) {
  Vec sums[4] = {zero(), zero(), zero(), zero()};
  int64_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes)
    for (int j = 0; j < 4; ++j) sums[j] = term(i + j * kLanes, AllLanes{}, sums[j]);
  for (; i + kLanes <= count; i += kLanes) sums[0] = term(i, AllLanes{}, sums[0]);
  if (i < count) sums[0] = term(i, first_lanes(count - i), sums[0]);
  return sum_lanes(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
}

// The largest of count values; -infinity for none. NaN is skipped or returned, as it falls.
R1_INLINE float max_value(int64_t count, const float* x) {
  const Vec lowest = set1(-__builtin_inff());
  Vec largest[4] = {lowest, lowest, lowest, lowest};
  int64_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes)
    for (int j = 0; j < 4; ++j) largest[j] = max(largest[j], load(x + i + j * kLanes));
  for (; i < count; i += kLanes) {
    const Mask m = first_lanes(count - i);
    largest[0] = max(largest[0], select(m, load(x + i, m), lowest));
  }
  return max_lanes(max(max(largest[0], largest[1]), max(largest[2], largest[3])));
}

}  // namespace r1::kernels::simd
