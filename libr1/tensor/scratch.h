// Memory of a GPU in the order of a stream.
#pragma once

#include <cstdint>
#include <utility>

#include "libr1/core/gpu.h"

namespace r1 {

// Taken and given back as by kernels of the stream, without a wait (gpu::take). Not zeroed.
class Scratch {
 public:
  Scratch() = default;
  Scratch(int64_t size_in_bytes, const Stream& stream)
      : bytes_(gpu::take(size_in_bytes, stream)), size_(size_in_bytes), stream_(stream) {}
  ~Scratch() { gpu::give_back(bytes_, stream_); }
  Scratch(Scratch&& other) noexcept { *this = std::move(other); }
  Scratch& operator=(Scratch&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(stream_, other.stream_);
    return *this;
  }

  void* data() const { return bytes_; }  // nullptr: none
  int64_t size_in_bytes() const { return size_; }
  const Stream& stream() const { return stream_; }

 private:
  void* bytes_ = nullptr;
  int64_t size_ = 0;
  Stream stream_;
};

}  // namespace r1
