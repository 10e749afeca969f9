// Small arrays that the host checks and kernels read: token ids, positions, rows, sequences.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

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

}  // namespace r1
