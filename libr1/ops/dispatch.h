// The one place where a runtime device and dtype become template arguments of a kernel:
//   on_kernel(x, [&]<Device D, class T>() { kernels::add_in_place<D, T>(...); });
#pragma once

#include "libr1/core/build.h"
#include "libr1/core/error.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

template <class Body>
decltype(auto) on_kernel(const TensorView& x, Body&& body) {
  if constexpr (kHasCuda) {
    if (x.device == Device::kCuda) {
      R1_CHECK(x.dtype != Dtype::kF64, "f64 is not computed on GPUs");
      if (x.dtype == Dtype::kF32) return body.template operator()<Device::kCuda, float>();
      return body.template operator()<Device::kCuda, Bf16>();
    }
  }
  R1_CHECK(x.device == Device::kCpu, "this build has no kernels for device ", to_string(x.device));
  switch (x.dtype) {
    case Dtype::kF32:
      return body.template operator()<Device::kCpu, float>();
    case Dtype::kBf16:
      return body.template operator()<Device::kCpu, Bf16>();
    case Dtype::kF64:
      return body.template operator()<Device::kCpu, double>();
  }
  throw_error(Fault::kRun, "no such dtype");
}

// The dtype of Accumulator<T>: f64 for f64, else f32.
inline Dtype accumulator_dtype(Dtype dtype) { return dtype == Dtype::kF64 ? dtype : Dtype::kF32; }

inline void check_same(const char* op, const char* name, const TensorView& found,
                       const Shape& shape, Dtype dtype) {
  R1_CHECK(found.shape == shape && found.dtype == dtype, op, ": ", name, " is ",
           to_string(found.dtype), " ", found.shape.to_string(), ", expected ", to_string(dtype),
           " ", shape.to_string());
}

}  // namespace r1::ops
