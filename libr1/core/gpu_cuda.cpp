#include <cuda_runtime_api.h>

#include "libr1/core/error.h"
#include "libr1/core/gpu.h"

namespace r1::gpu {
namespace {

void check(cudaError_t code, const std::string& call) {
  if (code == cudaSuccess) return;
  int device = -1;
  cudaGetDevice(&device);
  throw_error(Fault::kRun, concat("CUDA failed in ", call, " on GPU ", device, ": ",
                                  cudaGetErrorName(code), ", ", cudaGetErrorString(code)));
}

cudaStream_t native(const r1::Stream& stream) {
  return static_cast<cudaStream_t>(stream.cuda_stream);
}

}  // namespace

int count() {
  int found = 0;
  return cudaGetDeviceCount(&found) == cudaSuccess ? found : 0;
}

std::string why_none() {
  int found = 0;
  const cudaError_t code = cudaGetDeviceCount(&found);
  return code == cudaSuccess ? "this machine has no GPU"
                             : concat("CUDA finds none: ", cudaGetErrorString(code));
}

void select(int index) {
  check(cudaSetDevice(index), concat("cudaSetDevice(", index, ") of ", count(), " GPUs"));
}

std::string name(int index) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  return properties.name;
}

MemoryInfo memory_info() {
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return {static_cast<int64_t>(free), static_cast<int64_t>(total)};
}

void* allocate(int64_t size_in_bytes) {
  void* bytes = nullptr;
  const auto size = static_cast<size_t>(size_in_bytes);
  if (cudaMalloc(&bytes, size) != cudaSuccess) {
    cudaGetLastError();  // it is told below, and must not come up again
    const MemoryInfo memory = memory_info();
    throw_error(Fault::kRun, concat("cannot allocate ", size_in_bytes / 1.0e9,
                                    " GB of GPU memory: ", memory.free_bytes / 1.0e9, " of ",
                                    memory.total_bytes / 1.0e9, " GB are free"));
  }
  check(cudaMemset(bytes, 0, size), "cudaMemset");
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");  // queues do not wait for each other
  return bytes;
}

void release(void* bytes) noexcept {
  if (!bytes) return;
  cudaDeviceSynchronize();
  cudaFree(bytes);
}

void copy(const void* from, void* to, int64_t size_in_bytes, const r1::Stream& stream) {
  check(cudaMemcpyAsync(to, from, static_cast<size_t>(size_in_bytes), cudaMemcpyDefault,
                        native(stream)),
        concat("a copy of ", size_in_bytes, " bytes"));
}

void zero(void* bytes, int64_t size_in_bytes, const r1::Stream& stream) {
  check(cudaMemsetAsync(bytes, 0, static_cast<size_t>(size_in_bytes), native(stream)),
        "cudaMemsetAsync");
}

void synchronize(const r1::Stream& stream) {
  check(cudaStreamSynchronize(native(stream)), "the work before a synchronisation");
}

Queue::Queue() {
  cudaStream_t made = nullptr;
  check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  cuda_stream_ = made;
}

Queue::~Queue() { cudaStreamDestroy(native(stream())); }

}  // namespace r1::gpu
