#include "libr1/ops/adamw.h"

#include "kernels/elementwise.h"
#include "libr1/ops/dispatch.h"

namespace r1::ops {

void adamw_update(const kernels::AdamWStep& step, const kernels::RandomRounding& rounding,
                  const TensorView& grad, const TensorView& m, const TensorView& v,
                  const TensorView& w, Stream stream) {
  check_same("adamw_update", "m", m, grad.shape, grad.dtype);
  check_same("adamw_update", "v", v, grad.shape, grad.dtype);
  const bool rounds = grad.dtype == Dtype::kF32 && w.dtype == Dtype::kBf16;
  check_same("adamw_update", "w", w, grad.shape, rounds ? w.dtype : grad.dtype);
  R1_CHECK(grad.dtype != Dtype::kBf16, "adamw_update: gradients of bf16 lose what they add up");
  on_kernel(grad, [&]<Device D, class T>() {
    if constexpr (std::is_same_v<T, float>)
      if (rounds)
        return kernels::adamw_update<D>(step, rounding, grad.size(), grad.data<T>(), m.data<T>(),
                                        v.data<T>(), w.data<Bf16>(), stream);
    if constexpr (!std::is_same_v<T, Bf16>)
      kernels::adamw_update<D, T>(step, grad.size(), grad.data<T>(), m.data<T>(), v.data<T>(),
                                  w.data<T>(), stream);
  });
}

void sum_of_squares(const TensorView& x, const TensorView& blocks, const TensorView& sum,
                    Stream stream) {
  R1_CHECK(x.dtype != Dtype::kBf16 && blocks.size() >= kernels::num_square_blocks(x.size()) &&
               sum.size() == 1,
           "sum_of_squares: ", x.size(), " elements of ", to_string(x.dtype), ", ", blocks.size(),
           " blocks");
  on_kernel(x, [&]<Device D, class T>() {
    if constexpr (!std::is_same_v<T, Bf16>)
      kernels::sum_of_squares<D, T>(x.size(), x.data<T>(), blocks.data<double>(),
                                    sum.data<double>(), stream);
  });
}

}  // namespace r1::ops
