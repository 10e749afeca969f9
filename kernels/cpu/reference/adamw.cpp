#include "kernels/adamw.h"

#include <cmath>

namespace r1::kernels {

template <>
void adamw_update<Device::kCpu, double>(const AdamWStep& s, int64_t count, const double* grad,
                                        double* m, double* v, double* w, Stream) {
  const double correction1 = 1 - std::pow(s.beta1, static_cast<double>(s.step));
  const double correction2 = 1 - std::pow(s.beta2, static_cast<double>(s.step));
  for (int64_t i = 0; i < count; ++i) {
    const double g = grad[i] * s.grad_scale;
    m[i] = s.beta1 * m[i] + (1 - s.beta1) * g;
    v[i] = s.beta2 * v[i] + (1 - s.beta2) * g * g;
    const double update = m[i] / correction1 / (std::sqrt(v[i] / correction2) + s.eps);
    w[i] -= s.lr * (update + s.weight_decay * w[i]);
  }
}

}  // namespace r1::kernels
