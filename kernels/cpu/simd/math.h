// Functions of a vector, built from vec.h: the same formula on every instruction set and lane.
#pragma once

#include "vec.h"

namespace r1::kernels::simd {

// e^x to about 1 ulp; exactly 1 at 0; 0 below -87.33; x above 88.37 gives the value there.
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

}  // namespace r1::kernels::simd
