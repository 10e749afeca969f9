// Memory of the emulated device: the page behind each array cannot be touched, so that a
// read past the end ends the test.
#include "tests/kernels/cuda/device_array.h"

#include <sys/mman.h>

#include <cstring>

#include "libr1/core/error.h"
#include "tests/kernels/cuda_emulation/block.h"

namespace r1::kernels {
namespace {

constexpr int64_t kPage = 4096;

int64_t mapped_bytes(int64_t size) { return (size + kPage - 1) / kPage * kPage + kPage; }

}  // namespace

bool has_device() { return true; }
std::string device_name() { return "emulation"; }
Stream device_stream() { return {}; }
void reseed(uint64_t seed) { cuda_emulation::set_seed(seed); }

int64_t fence_behind() { return 0; }

void* device_allocate(int64_t size) {
  const int64_t mapped = mapped_bytes(size);
  void* pages = mmap(nullptr, static_cast<size_t>(mapped), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  R1_CHECK(pages != MAP_FAILED, "cannot map ", mapped, " bytes");
  auto* guard = static_cast<std::byte*>(pages) + mapped - kPage;
  R1_CHECK(mprotect(guard, kPage, PROT_NONE) == 0, "cannot protect a page");
  return guard - size;
}

void device_free(void* bytes, int64_t size) {
  const int64_t mapped = mapped_bytes(size);
  munmap(static_cast<std::byte*>(bytes) + size - (mapped - kPage), static_cast<size_t>(mapped));
}

void copy_to_device(const void* from, void* to, int64_t size) {
  std::memcpy(to, from, static_cast<size_t>(size));
}
void copy_to_host(const void* from, void* to, int64_t size) {
  std::memcpy(to, from, static_cast<size_t>(size));
}

}  // namespace r1::kernels
