#include "kernels/cpu/simd/adamw.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {

// Moments as m + (1 - beta) (g - m): 1 - beta keeps all digits in float, beta near 1 would not.
template <Isa I>
void adamw_update(const AdamWCoefficients& c, int64_t count, const float* grad, float* m, float* v,
                  float* w) {
  for_lanes(count, [&](int64_t i, auto mask) {
    const Vec g = mul(load(grad + i, mask), set1(c.grad_scale));
    const Vec m_old = load(m + i, mask);
    const Vec v_old = load(v + i, mask);
    const Vec m_new = fma(set1(c.one_minus_beta1), sub(g, m_old), m_old);
    const Vec v_new = fma(set1(c.one_minus_beta2), sub(mul(g, g), v_old), v_old);
    const Vec denominator = fma(sqrt(v_new), set1(c.inverse_sqrt_correction2), set1(c.eps));
    const Vec w_old = load(w + i, mask);
    const Vec decayed = fnma(set1(c.decay), w_old, w_old);
    store(m + i, m_new, mask);
    store(v + i, v_new, mask);
    store(w + i, fnma(set1(c.step_size), div(m_new, denominator), decayed), mask);
  });
}

template void adamw_update<kIsa>(const AdamWCoefficients&, int64_t, const float*, float*, float*,
                                 float*);

}  // namespace r1::kernels::simd
