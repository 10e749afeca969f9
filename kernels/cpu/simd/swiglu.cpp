#include "kernels/cpu/simd/swiglu.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {
namespace {

R1_INLINE Vec sigmoid(Vec x) {
  const Vec one = set1(1.0f);
  return div(one, add(one, exp(sub(zero(), x))));
}

}  // namespace

template <Isa I, class T>
void swiglu_forward(int64_t rows, int64_t cols, const T* gate_up, T* y) {
  for (int64_t row = 0; row < rows; ++row) {
    const T* gate = gate_up + row * 2 * cols;
    const T* up = gate + cols;
    T* out = y + row * cols;
    for_lanes(cols, [&](int64_t i, auto m) {
      const Vec g = load(gate + i, m);
      store(out + i, mul(mul(g, sigmoid(g)), load(up + i, m)), m);
    });
  }
}

// silu(g) = g s with s = sigmoid(g), so silu'(g) = s (1 + g (1 - s)).
template <Isa I, class T>
void swiglu_backward(int64_t rows, int64_t cols, const T* dy, const T* gate_up, T* dgate_up) {
  const Vec one = set1(1.0f);
  for (int64_t row = 0; row < rows; ++row) {
    const T* gate = gate_up + row * 2 * cols;
    const T* up = gate + cols;
    T* dgate = dgate_up + row * 2 * cols;
    T* dup = dgate + cols;
    const T* d = dy + row * cols;
    for_lanes(cols, [&](int64_t i, auto m) {
      const Vec g = load(gate + i, m);
      const Vec u = load(up + i, m);
      const Vec grad = load(d + i, m);
      const Vec s = sigmoid(g);
      store(dgate + i, mul(mul(grad, u), mul(s, fma(g, sub(one, s), one))), m);
      store(dup + i, mul(grad, mul(g, s)), m);
    });
  }
}

template void swiglu_forward<kIsa, float>(int64_t, int64_t, const float*, float*);
template void swiglu_forward<kIsa, Bf16>(int64_t, int64_t, const Bf16*, Bf16*);
template void swiglu_backward<kIsa, float>(int64_t, int64_t, const float*, const float*, float*);
template void swiglu_backward<kIsa, Bf16>(int64_t, int64_t, const Bf16*, const Bf16*, Bf16*);

}  // namespace r1::kernels::simd
