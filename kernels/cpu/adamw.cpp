#include "kernels/adamw_bf16.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/simd/adamw.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {

AdamWCoefficients adamw_coefficients(const AdamWStep& s) {
  const auto step = static_cast<double>(s.step);
  AdamWCoefficients c;
  c.grad_scale = static_cast<float>(s.grad_scale);
  c.one_minus_beta1 = static_cast<float>(1 - s.beta1);
  c.one_minus_beta2 = static_cast<float>(1 - s.beta2);
  c.inverse_sqrt_correction2 = static_cast<float>(1 / std::sqrt(1 - std::pow(s.beta2, step)));
  c.eps = static_cast<float>(s.eps);
  c.step_size = static_cast<float>(s.lr / (1 - std::pow(s.beta1, step)));
  c.decay = static_cast<float>(s.lr * s.weight_decay);
  return c;
}

template <Device D, class A>
void adamw_update(const AdamWStep& step, int64_t count, const A* grad, A* m, A* v, A* w,
                  Stream stream) {
  const AdamWCoefficients c = adamw_coefficients(step);
  parallel_for(stream, count, 16384, [&](int64_t begin, int64_t end) {
    on_isa([&]<Isa I>() {
      simd::adamw_update<I>(c, end - begin, grad + begin, m + begin, v + begin, w + begin);
    });
  });
}

template void adamw_update<Device::kCpu, float>(const AdamWStep&, int64_t, const float*, float*,
                                                float*, float*, Stream);

template <>
void adamw_update<Device::kCpu>(const AdamWStep& step, const RandomRounding& rounding,
                                int64_t count, const float* grad, float* m, float* v, Bf16* w,
                                Stream stream) {
  constexpr int64_t kAtOnce = 512;
  const AdamWCoefficients c = adamw_coefficients(step);
  parallel_for(stream, count, 32 * kAtOnce, [&](int64_t begin, int64_t end) {
    float wide[kAtOnce];
    for (; begin < end; begin += kAtOnce) {
      const int64_t size = std::min(kAtOnce, end - begin);
      std::transform(w + begin, w + begin + size, wide, to_float);
      on_isa([&]<Isa I>() {
        simd::adamw_update<I>(c, size, grad + begin, m + begin, v + begin, wide);
      });
      std::array<uint32_t, 4> draws = {};
      for (int64_t i = 0; i < size; ++i) {
        const int64_t element = rounding.first + begin + i;
        if (i == 0 || element % kRoundedTogether == 0)
          draws = rounding_draws(rounding, step.step, element / kRoundedTogether);
        w[begin + i] =
            round_at_random(wide[i], draws, static_cast<int>(element % kRoundedTogether));
      }
    }
  });
}

}  // namespace r1::kernels
