// Small arrays that the host checks and kernels read: token ids, positions, rows, sequences.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "libr1/tensor/scratch.h"
#include "libr1/tensor/tensor.h"

namespace r1 {

// A view of equal values in two places. Made from a range of the host, both are that range: what
// kernels of the CPU read.
template <class T>
struct Mirrored {
  std::span<const T> host;
  const T* data = nullptr;  // where the kernels run

  Mirrored() = default;
  template <std::convertible_to<std::span<const T>> Range>
  Mirrored(const Range& range) : host(range), data(host.data()) {}  // NOLINT: meant to convert
  Mirrored(std::span<const T> on_host, const T* on_device) : host(on_host), data(on_device) {}

  size_t size() const { return host.size(); }
  bool empty() const { return host.empty(); }
  std::span<const T> on_device() const { return {data, host.size()}; }
  Mirrored subspan(size_t begin, size_t count) const {
    return {host.subspan(begin, count), data + begin};
  }
};

using Indices = Mirrored<int32_t>;

// Makes the second place: a copy on a GPU, or on the CPU the host's range itself, which must
// outlive this.
template <class T>
class MirroredCopy {
 public:
  MirroredCopy(std::span<const T> host, Device device, const Stream& stream)
      : values_(host, host.data()) {
    if (device != Device::kCuda || host.empty()) return;
    const auto size = static_cast<int64_t>(host.size_bytes());
    memory_ = Scratch(size, stream);
    gpu::upload(host.data(), memory_.data(), size, stream);
    values_.data = static_cast<const T*>(memory_.data());
  }
  const Mirrored<T>& values() const { return values_; }
  const T* data() const { return values_.data; }
  // For a kernel that writes the values; read() brings the first of them to the host.
  T* written() const { return const_cast<T*>(values_.data); }
  void read(std::span<T> host) const {
    if (!memory_.data()) return;
    gpu::copy(memory_.data(), host.data(), static_cast<int64_t>(host.size_bytes()),
              memory_.stream());
    gpu::synchronize(memory_.stream());
  }

 private:
  Mirrored<T> values_;
  Scratch memory_;
};

}  // namespace r1
