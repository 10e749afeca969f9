#include "libr1/ops/rmsnorm.h"

#include "kernels/rmsnorm.h"
#include "libr1/ops/dispatch.h"

namespace r1::ops {
namespace {

kernels::RmsNormShape norm_shape(const TensorView& x, const TensorView& w, NormPieces part) {
  const kernels::RmsNormShape shape{x.shape[0], part.pieces, w.shape[0], x.shape[1]};
  R1_CHECK(part.first + shape.pieces * shape.cols <= x.shape[1], "rmsnorm: ", shape.pieces,
           " pieces of ", shape.cols, " from ", part.first, " do not fit rows of ", x.shape[1]);
  return shape;
}

}  // namespace

void rmsnorm_forward(const TensorView& x, const TensorView& w, double eps, NormPieces part,
                     const TensorView& y, const TensorView& rstd, Stream stream) {
  auto shape = norm_shape(x, w, part);
  shape.eps = eps;
  check_same("rmsnorm_forward", "y", y, x.shape, x.dtype);
  on_kernel(x, [&]<Device D, class T>() {
    kernels::rmsnorm_forward<D, T>(shape, x.data<T>() + part.first, w.data<T>(),
                                   y.data<T>() + part.first, rstd.data<Accumulator<T>>(), stream);
  });
}

void rmsnorm_backward_weight(const TensorView& dy, const TensorView& x, const TensorView& rstd,
                             NormPieces part, const TensorView& dw, Stream stream) {
  const auto shape = norm_shape(x, dw, part);
  check_same("rmsnorm_backward_weight", "dy", dy, x.shape, x.dtype);
  on_kernel(x, [&]<Device D, class T>() {
    kernels::rmsnorm_backward_weight<D, T>(shape, dy.data<T>() + part.first,
                                           x.data<T>() + part.first, rstd.data<Accumulator<T>>(),
                                           dw.data<Accumulator<T>>(), stream);
  });
}

void rmsnorm_backward_input(const TensorView& dy, const TensorView& x, const TensorView& w,
                            const TensorView& rstd, NormPieces part, const TensorView& dx,
                            bool accumulate, Stream stream) {
  const auto shape = norm_shape(x, w, part);
  check_same("rmsnorm_backward_input", "dy", dy, x.shape, x.dtype);
  check_same("rmsnorm_backward_input", "dx", dx, x.shape, x.dtype);
  on_kernel(x, [&]<Device D, class T>() {
    kernels::rmsnorm_backward_input<D, T>(
        shape, dy.data<T>() + part.first, x.data<T>() + part.first, w.data<T>(),
        rstd.data<Accumulator<T>>(), dx.data<T>() + part.first, accumulate, stream);
  });
}

}  // namespace r1::ops
