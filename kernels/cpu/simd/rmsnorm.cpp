#include "kernels/cpu/simd/rmsnorm.h"

#include "kernels/cpu/simd/math.h"
#include "vec.h"

namespace r1::kernels::simd {

template <Isa I, class T>
void rmsnorm_forward(const RmsNormShape& shape, int64_t begin, int64_t end, const T* x, const T* w,
                     T* y, float* rstd) {
  for (int64_t piece = begin * shape.pieces; piece < end * shape.pieces; ++piece) {
    const int64_t at = piece / shape.pieces * shape.stride + piece % shape.pieces * shape.cols;
    const T* row = x + at;
    T* out = y + at;
    const float sum = sum_terms(shape.cols, [&](int64_t i, auto m, Vec s) {
      const Vec v = load(row + i, m);
      return fma(v, v, s);
    });
    rstd[piece] = float(1.0 / __builtin_sqrt(double(sum) / double(shape.cols) + shape.eps));
    const Vec r = set1(rstd[piece]);
    for_lanes(shape.cols, [&](int64_t i, auto m) {
      store(out + i, mul(mul(load(row + i, m), r), load(w + i, m)), m);
    });
  }
}

// With n = x rstd and g = w dy:  dx = rstd (g - n mean(g n)).
template <Isa I, class T>
void rmsnorm_backward_input(const RmsNormShape& shape, int64_t begin, int64_t end,
                            const RmsNormGrad<T>& grad) {
  for (int64_t piece = begin * shape.pieces; piece < end * shape.pieces; ++piece) {
    const int64_t at = piece / shape.pieces * shape.stride + piece % shape.pieces * shape.cols;
    const T* dy = grad.dy + at;
    const T* x = grad.x + at;
    T* dx = grad.dx + at;
    const Vec r = set1(grad.rstd[piece]);
    const float sum = sum_terms(shape.cols, [&](int64_t i, auto m, Vec s) {
      return fma(mul(load(grad.w + i, m), load(dy + i, m)), mul(load(x + i, m), r), s);
    });
    const Vec mean = set1(sum / float(shape.cols));
    for_lanes(shape.cols, [&](int64_t i, auto m) {
      const Vec g = mul(load(grad.w + i, m), load(dy + i, m));
      const Vec d = mul(r, fnma(mul(load(x + i, m), r), mean, g));
      store(dx + i, grad.accumulate ? add(load(dx + i, m), d) : d, m);
    });
  }
}

template <Isa I, class T>
void rmsnorm_backward_weight(const RmsNormShape& shape, int64_t begin, int64_t end, const T* dy,
                             const T* x, const float* rstd, float* dw) {
  for_lanes(end - begin, [&](int64_t i, auto m) {
    const int64_t col = begin + i;
    const float* r = rstd;
    Vec sum = load(dw + col, m);
    for (int64_t row = 0; row < shape.rows; ++row) {
      for (int64_t piece = 0; piece < shape.pieces; ++piece, ++r) {
        const int64_t at = row * shape.stride + piece * shape.cols + col;
        sum = fma(load(dy + at, m), mul(load(x + at, m), set1(*r)), sum);
      }
    }
    store(dw + col, sum, m);
  });
}

#define R1_INSTANTIATE(T)                                                                         \
  template void rmsnorm_forward<kIsa, T>(const RmsNormShape&, int64_t, int64_t, const T*,         \
                                         const T*, T*, float*);                                   \
  template void rmsnorm_backward_input<kIsa, T>(const RmsNormShape&, int64_t, int64_t,            \
                                                const RmsNormGrad<T>&);                           \
  template void rmsnorm_backward_weight<kIsa, T>(const RmsNormShape&, int64_t, int64_t, const T*, \
                                                 const T*, const float*, float*);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels::simd
