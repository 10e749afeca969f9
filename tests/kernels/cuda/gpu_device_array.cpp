// Memory of a GPU for the tests of kernels/cuda.
#include <cuda_runtime_api.h>

#include "libr1/core/error.h"
#include "tests/kernels/cuda/device_array.h"

namespace r1::kernels {
namespace {

void check(cudaError_t code, const char* call) {
  R1_CHECK(code == cudaSuccess, call, " failed: ", cudaGetErrorString(code));
}

}  // namespace

bool has_device() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess && count > 0;
}

std::string device_name() {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  return properties.name;
}

Stream device_stream() { return {}; }
void reseed(uint64_t) {}

int64_t fence_behind() { return 256; }

void* device_allocate(int64_t size) {
  void* bytes = nullptr;
  check(cudaMalloc(&bytes, static_cast<size_t>(size)), "cudaMalloc");
  return bytes;
}

void device_free(void* bytes, int64_t) { cudaFree(bytes); }

void copy_to_device(const void* from, void* to, int64_t size) {
  check(cudaMemcpy(to, from, static_cast<size_t>(size), cudaMemcpyHostToDevice), "cudaMemcpy");
}

void copy_to_host(const void* from, void* to, int64_t size) {
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  check(cudaMemcpy(to, from, static_cast<size_t>(size), cudaMemcpyDeviceToHost), "cudaMemcpy");
}

}  // namespace r1::kernels
