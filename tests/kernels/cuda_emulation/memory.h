// Memory of the emulated device. The host cannot touch it but by copies: its pages are open while
// kernels run, and closed otherwise, so that a stray access of the host ends the test. So does one
// past the end of an allocation, at any time.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace r1::cuda_emulation {

// The end lies at the end of a page, but for what `alignment` needs. Zeroed.
void* allocate(int64_t size_in_bytes, int64_t alignment);
void release(void* bytes);
// Whether nullptr or inside of an allocation.
bool is_on_device(const void* bytes);

// Work for the device happens at the next drain(), as a GPU's does at some time before the next
// synchronisation: what it reads has to live until then. A fault of a kernel is thrown by drain(),
// and what was to follow is dropped.
using Work = std::vector<std::function<void()>>;
void enqueue(std::function<void()> work);
void drain();

// For its lifetime, work is written down instead of being queued; nothing may wait or allocate.
class Recording {
 public:
  explicit Recording(Work& work);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
};
bool is_recording();

// Opens the device's memory for a scope; scopes may lie in each other.
class OpenMemory {
 public:
  OpenMemory();
  ~OpenMemory();
  OpenMemory(const OpenMemory&) = delete;
  OpenMemory& operator=(const OpenMemory&) = delete;
};

}  // namespace r1::cuda_emulation
