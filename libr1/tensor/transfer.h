// Values between the host and where a model is computed. What comes to the host is there at the
// return.
#pragma once

#include <span>
#include <type_traits>

#include "libr1/tensor/tensor.h"

namespace r1 {

// Of equal size and dtype, on any two devices.
void copy(const TensorView& from, const TensorView& to, const Stream& stream);
void fill_zero(const TensorView& x, const Stream& stream);
// In T, rounded to the nearest.
template <class T>
T narrow(double x) {
  if constexpr (std::is_same_v<T, Bf16>)
    return to_bf16(static_cast<float>(x));
  else
    return static_cast<T>(x);
}

// The first to.size() elements, and back, rounded to the tensor's dtype.
void read_values(const TensorView& from, std::span<double> to, const Stream& stream);
void write_values(std::span<const double> from, const TensorView& to, const Stream& stream);

// A tensor's values in reach of the host: the tensor itself, or a copy of it.
class HostView {
 public:
  HostView(const TensorView& x, const Stream& stream);
  // Without the values of an x elsewhere: for what will be written as a whole.
  static HostView to_fill(const TensorView& x, const Stream& stream);
  const TensorView& view() const { return view_; }
  // What was written to view() is x's from now on.
  void store() const;

 private:
  HostView(const TensorView& x, const Stream& stream, Tensor copy);

  TensorView x_;
  Stream stream_;
  Tensor copy_;  // none: x is the host's
  TensorView view_;
};

// A copy on another device.
Tensor copied_to(const TensorView& x, Device device, const Stream& stream);

}  // namespace r1
