#include "kernels/adamw.h"

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

}  // namespace r1::kernels
