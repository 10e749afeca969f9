// Memory of a GPU for the tests of kernels/cuda.
#include "libr1/core/gpu.h"
#include "tests/kernels/cuda/device_array.h"

namespace r1::kernels {

bool has_device() { return gpu::count() > 0; }
std::string device_name() { return gpu::name(0); }
Stream device_stream() { return {}; }
void reseed(uint64_t) {}

int64_t fence_behind() { return 256; }
void* device_allocate(int64_t size) { return gpu::allocate(size); }
void device_free(void* bytes, int64_t) { gpu::release(bytes); }
void copy_to_device(const void* from, void* to, int64_t size) {
  gpu::copy(from, to, size, {});
  gpu::synchronize({});
}
void copy_to_host(const void* from, void* to, int64_t size) {
  gpu::copy(from, to, size, {});
  gpu::synchronize({});
}

}  // namespace r1::kernels
