#include "kernels/adamw.h"

#include "kernels/cuda/math.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;

// Operation by operation the CPU's update: equal bits.
__global__ void update(AdamWCoefficients c, int64_t count, const float* grad, float* m, float* v,
                       float* w) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= count) return;
  const float g = grad[i] * c.grad_scale;
  const float m_new = fmaf(c.one_minus_beta1, g - m[i], m[i]);
  const float v_new = fmaf(c.one_minus_beta2, g * g - v[i], v[i]);
  const float denominator = fmaf(sqrtf(v_new), c.inverse_sqrt_correction2, c.eps);
  const float decayed = fmaf(-c.decay, w[i], w[i]);
  m[i] = m_new;
  v[i] = v_new;
  w[i] = fmaf(-c.step_size, m_new / denominator, decayed);
}

}  // namespace

template <>
void adamw_update<Device::kCuda, float>(const AdamWStep& step, int64_t count, const float* grad,
                                        float* m, float* v, float* w, Stream stream) {
  launch("adamw_update", update, {ceil_div(count, kThreads)}, kThreads, 0, stream,
         adamw_coefficients(step), count, grad, m, v, w);
}

}  // namespace r1::kernels
