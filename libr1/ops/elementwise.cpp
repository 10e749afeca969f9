#include "libr1/ops/elementwise.h"

#include <cstring>

#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/swiglu.h"
#include "libr1/core/thread_pool.h"
#include "libr1/ops/dispatch.h"

namespace r1::ops {
namespace {

void check_ids(const char* op, std::span<const int32_t> ids, int64_t rows, int64_t limit) {
  R1_CHECK(static_cast<int64_t>(ids.size()) == rows, op, ": ", ids.size(), " ids for ", rows,
           " rows");
  for (const int32_t id : ids)
    R1_CHECK(id >= 0 && id < limit, op, ": id ", id, " is outside of [0, ", limit,
             "); does the tokenizer belong to this model?");
}

}  // namespace

void add_in_place(const TensorView& x, const TensorView& y, Stream stream) {
  check_same("add_in_place", "x", x, y.shape, y.dtype);
  on_kernel(x, [&]<Device D, class T>() {
    kernels::add_in_place<D, T>(x.size(), x.data<T>(), y.data<T>(), stream);
  });
}

void convert(const TensorView& x, const TensorView& y, Stream stream) {
  R1_CHECK(x.size() == y.size(), "convert: ", x.shape.to_string(), " to ", y.shape.to_string());
  const auto run = [&]<class From, class To>() {
    kernels::convert<Device::kCpu, From, To>(x.size(), x.data<From>(), y.data<To>(), stream);
  };
  using enum Dtype;
  if (x.dtype == kF32 && y.dtype == kF32) return run.template operator()<float, float>();
  if (x.dtype == kF32 && y.dtype == kBf16) return run.template operator()<float, Bf16>();
  if (x.dtype == kBf16 && y.dtype == kF32) return run.template operator()<Bf16, float>();
  if (x.dtype == kBf16 && y.dtype == kBf16) return run.template operator()<Bf16, Bf16>();
  if (x.dtype == kF64 && y.dtype == kF64) return run.template operator()<double, double>();
  if (x.dtype == kF32 && y.dtype == kF64) return run.template operator()<float, double>();
  if (x.dtype == kF64 && y.dtype == kF32) return run.template operator()<double, float>();
  throw_error(Fault::kRun,
              concat("no conversion from ", to_string(x.dtype), " to ", to_string(y.dtype)));
}

void swiglu_forward(const TensorView& gate_up, const TensorView& y, Stream stream) {
  check_same("swiglu_forward", "gate_up", gate_up, {y.shape[0], 2 * y.shape[1]}, y.dtype);
  on_kernel(y, [&]<Device D, class T>() {
    kernels::swiglu_forward<D, T>(y.shape[0], y.shape[1], gate_up.data<T>(), y.data<T>(), stream);
  });
}

void swiglu_backward(const TensorView& dy, const TensorView& gate_up, const TensorView& dgate_up,
                     Stream stream) {
  check_same("swiglu_backward", "gate_up", gate_up, {dy.shape[0], 2 * dy.shape[1]}, dy.dtype);
  check_same("swiglu_backward", "dgate_up", dgate_up, gate_up.shape, dy.dtype);
  on_kernel(dy, [&]<Device D, class T>() {
    kernels::swiglu_backward<D, T>(dy.shape[0], dy.shape[1], dy.data<T>(), gate_up.data<T>(),
                                   dgate_up.data<T>(), stream);
  });
}

void embedding_forward(std::span<const int32_t> ids, const TensorView& table, const TensorView& y,
                       Stream stream) {
  check_ids("embedding_forward", ids, y.shape[0], table.shape[0]);
  check_same("embedding_forward", "y", y, {y.shape[0], table.shape[1]}, table.dtype);
  on_kernel(y, [&]<Device D, class T>() {
    kernels::embedding_forward<D, T>(y.shape[0], y.shape[1], ids.data(), table.data<T>(),
                                     y.data<T>(), stream);
  });
}

void embedding_backward(std::span<const int32_t> ids, const TensorView& dy,
                        const TensorView& dtable, Stream stream) {
  check_ids("embedding_backward", ids, dy.shape[0], dtable.shape[0]);
  check_same("embedding_backward", "dtable", dtable, {dtable.shape[0], dy.shape[1]},
             accumulator_dtype(dy.dtype));
  on_kernel(dy, [&]<Device D, class T>() {
    kernels::embedding_backward<D, T>(dy.shape[0], dy.shape[1], ids.data(), dy.data<T>(),
                                      dtable.data<Accumulator<T>>(), stream);
  });
}

void gather_rows(std::span<const int32_t> rows, const TensorView& x, const TensorView& y,
                 Stream stream) {
  embedding_forward(rows, x, y, stream);
}

void scatter_rows(std::span<const int32_t> rows, const TensorView& x, const TensorView& y,
                  Stream stream) {
  check_ids("scatter_rows", rows, x.shape[0], y.shape[0]);
  check_same("scatter_rows", "x", x, {x.shape[0], y.shape[1]}, y.dtype);
  const int64_t row_bytes = y.shape[1] * size_bytes(y.dtype);
  std::memset(y.bytes, 0, static_cast<size_t>(y.size_in_bytes()));
  parallel_for(stream, x.shape[0], 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      std::memcpy(static_cast<std::byte*>(y.bytes) + rows[static_cast<size_t>(i)] * row_bytes,
                  static_cast<const std::byte*>(x.bytes) + i * row_bytes,
                  static_cast<size_t>(row_bytes));
  });
}

}  // namespace r1::ops
