#include "libr1/tensor/transfer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "libr1/core/gpu.h"

namespace r1 {
namespace {

double widen(double x) { return x; }
double widen(float x) { return x; }
double widen(Bf16 x) { return to_float(x); }

// body.operator()<T>() for the dtype.
template <class Body>
void with_type(Dtype dtype, Body body) {
  if (dtype == Dtype::kF32) return body.template operator()<float>();
  if (dtype == Dtype::kBf16) return body.template operator()<Bf16>();
  body.template operator()<double>();
}

// The first `count` elements of x, flat.
TensorView first(const TensorView& x, size_t count) {
  return x.reshaped({x.size()}).rows(0, static_cast<int64_t>(count));
}

}  // namespace

void copy(const TensorView& from, const TensorView& to, const Stream& stream) {
  R1_CHECK(from.size() == to.size() && from.dtype == to.dtype, "copy: ", to_string(from.dtype), " ",
           from.shape.to_string(), " to ", to_string(to.dtype), " ", to.shape.to_string());
  if (from.size() == 0) return;
  if (from.device == Device::kCpu && to.device == Device::kCpu) {
    std::memcpy(to.bytes, from.bytes, static_cast<size_t>(from.size_in_bytes()));
    return;
  }
  gpu::copy(from.bytes, to.bytes, from.size_in_bytes(), stream);
  if (from.device == Device::kCpu || to.device == Device::kCpu) gpu::synchronize(stream);
}

void fill_zero(const TensorView& x, const Stream& stream) {
  if (x.device == Device::kCuda)
    gpu::zero(x.bytes, x.size_in_bytes(), stream);
  else if (x.size() > 0)
    std::memset(x.bytes, 0, static_cast<size_t>(x.size_in_bytes()));
}

void read_values(const TensorView& from, std::span<double> to, const Stream& stream) {
  const TensorView part = first(from, to.size());
  if (part.device == Device::kCuda)
    return read_values(copied_to(part, Device::kCpu, stream), to, stream);
  with_type(part.dtype, [&]<class T>() {
    std::transform(part.data<T>(), part.data<T>() + to.size(), to.begin(),
                   [](T x) { return widen(x); });
  });
}

void write_values(std::span<const double> from, const TensorView& to, const Stream& stream) {
  const TensorView part = first(to, from.size());
  if (part.device == Device::kCuda) {
    const Tensor staged(part.shape, part.dtype);
    write_values(from, staged, stream);
    return copy(staged, part, stream);
  }
  with_type(part.dtype, [&]<class T>() {
    std::transform(from.begin(), from.end(), part.data<T>(), [](double x) { return narrow<T>(x); });
  });
}

HostView::HostView(const TensorView& x, const Stream& stream, Tensor copy)
    : x_(x),
      stream_(stream),
      copy_(std::move(copy)),
      view_(x.device == Device::kCpu ? x : copy_.view()) {}

HostView::HostView(const TensorView& x, const Stream& stream)
    : HostView(x, stream,
               x.device == Device::kCpu ? Tensor() : copied_to(x, Device::kCpu, stream)) {}

HostView HostView::to_fill(const TensorView& x, const Stream& stream) {
  return {x, stream, x.device == Device::kCpu ? Tensor() : Tensor(x.shape, x.dtype)};
}

void HostView::store() const {
  if (view_.bytes != x_.bytes) copy(view_, x_, stream_);
}

Tensor copied_to(const TensorView& x, Device device, const Stream& stream) {
  Tensor result(x.shape, x.dtype, device);
  copy(x, result, stream);
  return result;
}

}  // namespace r1
