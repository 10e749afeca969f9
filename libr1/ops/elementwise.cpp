#include "libr1/ops/elementwise.h"

#include <algorithm>
#include <type_traits>

#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/swiglu.h"
#include "libr1/ops/dispatch.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {
namespace {

void check_ids(const char* op, std::span<const int32_t> ids, int64_t rows, int64_t limit) {
  R1_CHECK(static_cast<int64_t>(ids.size()) == rows, op, ": ", ids.size(), " ids for ", rows,
           " rows");
  for (const int32_t id : ids)
    R1_CHECK(id >= 0 && id < limit, op, ": id ", id, " is outside of [0, ", limit,
             "); does the tokenizer belong to this model?");
}

// Some MiB at a time, so that x never is there as a whole.
void convert_elsewhere(const TensorView& x, const TensorView& y, Stream stream) {
  const TensorView from = x.reshaped({x.size()}), to = y.reshaped({y.size()});
  const int64_t at_once = std::min<int64_t>(x.size(), 16 << 20);
  const Tensor brought({at_once}, x.dtype, y.device);
  for (int64_t begin = 0; begin < x.size(); begin += at_once) {
    const int64_t count = std::min(at_once, x.size() - begin);
    const TensorView part = brought.view().rows(0, count);
    copy(from.rows(begin, count), part, stream);
    convert(part, to.rows(begin, count), stream);
  }
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
  if (x.bytes == y.bytes && x.dtype == y.dtype && x.device == y.device) return;
  if (x.device != y.device)
    return x.dtype == y.dtype ? copy(x, y, stream) : convert_elsewhere(x, y, stream);
  const bool converted = on_kernel(x, [&]<Device D, class From>() {
    const From* from = x.data<From>();
    const auto to = [&]<class To>() {
      kernels::convert<D, From, To>(x.size(), from, y.data<To>(), stream);
      return true;
    };
    if (y.dtype == Dtype::kF32) return to.template operator()<float>();
    if constexpr (!std::is_same_v<From, double>)
      if (y.dtype == Dtype::kBf16) return to.template operator()<Bf16>();
    if constexpr (D == Device::kCpu && !std::is_same_v<From, Bf16>)
      if (y.dtype == Dtype::kF64) return to.template operator()<double>();
    return false;
  });
  R1_CHECK(converted, "no conversion from ", to_string(x.dtype), " to ", to_string(y.dtype));
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

void embedding_forward(const Indices& ids, const TensorView& table, const TokenRows& tokens,
                       const TensorView& y, Stream stream) {
  check_ids("embedding_forward", ids.host, y.shape[0], tokens.whole_vocab);
  check_same("embedding_forward", "y", y, {y.shape[0], table.shape[1]}, table.dtype);
  on_kernel(y, [&]<Device D, class T>() {
    kernels::embedding_forward<D, T>(y.shape[0], y.shape[1], ids.data,
                                     {tokens.first, table.shape[0]}, table.data<T>(), y.data<T>(),
                                     stream);
  });
}

void embedding_backward(const Indices& ids, const TensorView& dy, const TensorView& dtable,
                        const TokenRows& tokens, Stream stream) {
  check_ids("embedding_backward", ids.host, dy.shape[0], tokens.whole_vocab);
  check_same("embedding_backward", "dtable", dtable, {dtable.shape[0], dy.shape[1]},
             accumulator_dtype(dy.dtype));
  on_kernel(dy, [&]<Device D, class T>() {
    kernels::embedding_backward<D, T>(dy.shape[0], dy.shape[1], ids.data,
                                      {tokens.first, dtable.shape[0]}, dy.data<T>(),
                                      dtable.data<Accumulator<T>>(), stream);
  });
}

void gather_rows(const Indices& rows, const TensorView& x, const TensorView& y, Stream stream) {
  embedding_forward(rows, x, {0, x.shape[0]}, y, stream);
}

void place_columns(const TensorView& x, int64_t first, const TensorView& y, Stream stream) {
  R1_CHECK(x.shape[0] == y.shape[0] && first >= 0 && first + x.shape[1] <= y.shape[1] &&
               x.dtype == Dtype::kF32 && y.dtype == Dtype::kF32 && x.device == y.device,
           "place_columns: ", x.shape.to_string(), " at column ", first, " of ",
           y.shape.to_string(), ", ", to_string(x.dtype), " and ", to_string(y.dtype),
           ", expected columns of f32");
  on_kernel(x, [&]<Device D, class T>() {
    if constexpr (std::is_same_v<T, float>)
      kernels::place_columns<D, T>(x.shape[0], x.shape[1], x.data<T>(), y.shape[1],
                                   y.data<T>() + first, stream);
  });
}

void scatter_rows(const Indices& rows, const TensorView& x, const TensorView& y, Stream stream) {
  check_ids("scatter_rows", rows.host, x.shape[0], y.shape[0]);
  check_same("scatter_rows", "x", x, {x.shape[0], y.shape[1]}, y.dtype);
  fill_zero(y, stream);
  on_kernel(y, [&]<Device D, class T>() {
    kernels::scatter_rows<D, T>(x.shape[0], x.shape[1], rows.data, x.data<T>(), y.data<T>(),
                                stream);
  });
}

}  // namespace r1::ops
