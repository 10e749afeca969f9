#include "kernels/adamw_bf16.h"

#include "kernels/cuda/group.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 256;

// Operation by operation the CPU's update: equal bits. Returns the new w.
__device__ __forceinline__ float updated(const AdamWCoefficients& c, float grad, float& m, float& v,
                                         float w) {
  const float g = grad * c.grad_scale;
  m = fmaf(c.one_minus_beta1, g - m, m);
  v = fmaf(c.one_minus_beta2, g * g - v, v);
  const float denominator = fmaf(sqrtf(v), c.inverse_sqrt_correction2, c.eps);
  return fmaf(-c.step_size, m / denominator, fmaf(-c.decay, w, w));
}

__global__ void update(AdamWCoefficients c, int64_t count, const float* grad, float* m, float* v,
                       float* w) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < count) w[i] = updated(c, grad[i], m[i], v[i], w[i]);
}

// A thread a group of elements that draw together.
__global__ void update_and_round(AdamWCoefficients c, RandomRounding rounding, int64_t step,
                                 int64_t count, bool aligned, const float* grad, float* m, float* v,
                                 Bf16* w) {
  const int64_t group =
      rounding.first / kRoundedTogether + static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  const int64_t begin =
      group * kRoundedTogether - rounding.first;  // before 0: only its end is here
  if (begin >= count) return;
  const auto draws = rounding_draws(rounding, step, group);
  if (begin < 0) {
    for (int j = static_cast<int>(-begin); j < kRoundedTogether && begin + j < count; ++j) {
      const int64_t i = begin + j;
      w[i] = round_at_random(updated(c, grad[i], m[i], v[i], widen(w[i])), draws, j);
    }
    return;
  }
  const int64_t left = count - begin;
  const Group g = load_group(grad + begin, left, aligned);
  Group m_new = load_group(m + begin, left, aligned), v_new = load_group(v + begin, left, aligned);
  Group w_new = load_group(w + begin, left, aligned);
#pragma unroll
  for (int j = 0; j < kGroup; ++j) {
    const float wide = updated(c, g.at[j], m_new.at[j], v_new.at[j], w_new.at[j]);
    w_new.at[j] = widen(round_at_random(wide, draws, j));  // exact on its way back
  }
  store_group(m_new, m + begin, left, aligned);
  store_group(v_new, v + begin, left, aligned);
  store_group(w_new, w + begin, left, aligned);
}

}  // namespace

template <>
void adamw_update<Device::kCuda, float>(const AdamWStep& step, int64_t count, const float* grad,
                                        float* m, float* v, float* w, Stream stream) {
  launch("adamw_update", update, {ceil_div(count, kThreads)}, kThreads, 0, stream,
         adamw_coefficients(step), count, grad, m, v, w);
}

template <>
void adamw_update<Device::kCuda>(const AdamWStep& step, const RandomRounding& rounding,
                                 int64_t count, const float* grad, float* m, float* v, Bf16* w,
                                 Stream stream) {
  static_assert(kRoundedTogether == kGroup);
  const int64_t inside = rounding.first % kGroup, before = (kGroup - inside) % kGroup;
  const auto has = [&](const auto* data) { return has_groups(data + before, kGroup); };
  launch("adamw_update_and_round", update_and_round,
         {ceil_div(ceil_div(inside + count, kGroup), kThreads)}, kThreads, 0, stream,
         adamw_coefficients(step), rounding, step.step, count,
         has(grad) && has(m) && has(v) && has(w), grad, m, v, w);
}

}  // namespace r1::kernels
