// Memory of the emulated device. The host cannot touch it but by copies: its pages are open while
// kernels run, and closed otherwise, so that a stray access of the host ends the test. So does one
// past the end of an allocation, at any time.
#pragma once

#include <cstdint>

namespace r1::cuda_emulation {

// The end lies at the end of a page, but for what `alignment` needs. Zeroed.
void* allocate(int64_t size_in_bytes, int64_t alignment);
void release(void* bytes);
// Whether nullptr or inside of an allocation.
bool is_on_device(const void* bytes);

// Opens the device's memory for a scope; scopes may lie in each other.
class OpenMemory {
 public:
  OpenMemory();
  ~OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
};

}  // namespace r1::cuda_emulation
