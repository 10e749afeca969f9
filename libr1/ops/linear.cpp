#include "libr1/ops/linear.h"

#include "kernels/gemm.h"
#include "libr1/ops/dispatch.h"
#include "libr1/ops/elementwise.h"

namespace r1::ops {
namespace {

kernels::GemmShape gemm_shape(const char* op, const TensorView& narrow, const TensorView& wide,
                              const TensorView& weight) {
  R1_CHECK(weight.shape.rank() == 2 && narrow.shape.rank() == 2 && wide.shape.rank() == 2, op,
           ": expects matrices");
  const kernels::GemmShape shape{narrow.shape[0], weight.shape[0], weight.shape[1]};
  R1_CHECK(narrow.shape == (Shape{shape.m, shape.k}) && wide.shape == (Shape{shape.m, shape.n}), op,
           ": rows of ", narrow.shape.to_string(), " and ", wide.shape.to_string(),
           " do not fit a weight ", weight.shape.to_string());
  return shape;
}

}  // namespace

int64_t packed_size(int64_t out, int64_t in, Dtype dtype, Device device) {
  if (device == Device::kCuda) return 0;
  return on_kernel({nullptr, {}, dtype, Device::kCpu}, [&]<Device D, class T>() -> int64_t {
    if constexpr (D == Device::kCpu) return kernels::packed_weight_size<D, T>(out, in);
    return 0;
  });
}

void pack(const LinearWeight& linear, Stream stream) {
  on_kernel(linear.weight, [&]<Device D, class T>() {
    if constexpr (D == Device::kCpu)
      kernels::pack_weight<D, T>(linear.weight.shape[0], linear.weight.shape[1],
                                 linear.weight.data<T>(), linear.packed.data<T>(), stream);
  });
}

void linear_forward(const TensorView& x, const LinearWeight& linear, const TensorView& y,
                    Stream stream) {
  const auto shape = gemm_shape("linear_forward", x, y, linear.weight);
  on_kernel(x, [&]<Device D, class T>() {
    const T* packed = (D == Device::kCuda ? linear.weight : linear.packed).data<T>();
    const T* bias = linear.bias.bytes ? linear.bias.data<T>() : nullptr;
    if (y.dtype == x.dtype)
      kernels::matmul_forward<D, T, T>(shape, x.data<T>(), packed, bias, y.data<T>(), shape.n,
                                       stream);
    else
      kernels::matmul_forward<D, T, Accumulator<T>>(shape, x.data<T>(), packed, bias,
                                                    y.data<Accumulator<T>>(), shape.n, stream);
  });
}

void linear_forward_add(const TensorView& x, const LinearWeight& linear, const TensorView& residual,
                        const TensorView& y, Stream stream) {
  if (x.device != Device::kCuda) {
    linear_forward(x, linear, y, stream);
    return add_in_place(residual, y, stream);
  }
  const auto shape = gemm_shape("linear_forward_add", x, y, linear.weight);
  check_same("linear_forward_add", "residual", residual, y.shape, x.dtype);
  check_same("linear_forward_add", "y", y, y.shape, x.dtype);
  on_kernel(x, [&]<Device D, class T>() {
    if constexpr (D == Device::kCuda)
      kernels::matmul_forward_add<D, T>(shape, x.data<T>(), linear.weight.data<T>(),
                                        linear.bias.bytes ? linear.bias.data<T>() : nullptr,
                                        residual.data<T>(), y.data<T>(), stream);
  });
}

void linear_backward_input(const TensorView& dy, const LinearWeight& linear, const TensorView& dx,
                           Stream stream) {
  const auto shape = gemm_shape("linear_backward_input", dx, dy, linear.weight);
  on_kernel(dy, [&]<Device D, class T>() {
    kernels::matmul_backward_input<D, T>(shape, dy.data<T>(), linear.weight.data<T>(), dx.data<T>(),
                                         stream);
  });
}

void linear_backward_weight(const TensorView& dy, const TensorView& x, const TensorView& dweight,
                            const TensorView& dbias, Stream stream) {
  const auto shape = gemm_shape("linear_backward_weight", x, dy, dweight);
  on_kernel(dy, [&]<Device D, class T>() {
    kernels::matmul_backward_weight<D, T>(shape, dy.data<T>(), x.data<T>(),
                                          dweight.data<Accumulator<T>>(), stream);
    if (dbias.bytes)
      kernels::bias_backward<D, T>(shape, dy.data<T>(), dbias.data<Accumulator<T>>(), stream);
  });
}

}  // namespace r1::ops
