// What kernels/cuda asks of a device, for nvcc. The same names for g++, where threads are emulated,
// are in tests/kernels/cuda_emulation/device.h; which file is meant is decided by the include path.
#pragma once

#include <bit>

#include "kernels/cuda/grid.h"
#include "libr1/core/cuda_stream.h"
#include "libr1/core/error.h"
#include "libr1/core/types.h"

namespace r1::kernels {

inline constexpr uint32_t kAllLanes = 0xffffffff;

// Shared memory is indexed and offset, nothing else: the emulation checks each access.
template <class T>
using SharedArray = T*;

// The array of `begin` bytes into the shared memory that the launch asked for.
template <class T>
__device__ __forceinline__ T* shared_array(int64_t begin) {
  extern __shared__ __align__(16) unsigned char bytes[];
  return reinterpret_cast<T*>(bytes + begin);
}

// One load of an aligned T of 16 bytes.
template <class T>
__device__ __forceinline__ T load_16_bytes(const void* from) {
  static_assert(sizeof(T) == 16 && alignof(T) == 16);
  return *reinterpret_cast<const T*>(from);
}

template <class T>
__device__ __forceinline__ void store_16_bytes(const T& value, void* to) {
  static_assert(sizeof(T) == 16 && alignof(T) == 16);
  *reinterpret_cast<T*>(to) = value;
}

// c += a b^T, a: 16 x 16, b: 8 x 16, in the fragments of mma.m16n8k16 (PTX manual, "Warp Level
// Matrix Multiply"): bf16 factors, float sums.
__device__ __forceinline__ void multiply_16x8x16(const uint32_t (&a)[4], const uint32_t (&b)[2],
                                                 float (&c)[4]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four 8 x 8 matrices of 16-bit elements as fragments (ldmatrix): lanes 8 i to 8 i + 7 name the
// rows of matrix i, 16 aligned bytes each; lane l gets elements 2 (l % 4) and + 1 of row l / 4 of
// every matrix, or of column l / 4 of the transposed ones.
__device__ __forceinline__ void load_matrices(SharedArray<uint32_t> row, uint32_t (&to)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(static_cast<uint32_t>(__cvta_generic_to_shared(row)))
               : "memory");
}
__device__ __forceinline__ void load_transposed(SharedArray<uint32_t> row, uint32_t (&to)[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(static_cast<uint32_t>(__cvta_generic_to_shared(row)))
               : "memory");
}

// Starts a copy of 16 aligned bytes to shared memory (cp.async), of which the first `count` are
// read and the rest are zero. It is done when this thread has waited for its group; others need a
// barrier.
__device__ __forceinline__ void start_copy(SharedArray<uint32_t> to, const void* from, int count) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                   static_cast<uint32_t>(__cvta_generic_to_shared(to))),
               "l"(from), "r"(count)
               : "memory");
}
// Ends a group of copies, maybe of none.
__device__ __forceinline__ void end_copy_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
// Until all but the last kGroups groups are done.
template <int kGroups>
__device__ __forceinline__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kGroups) : "memory");
}

// Two floats rounded to bf16, the first in the low half.
__device__ __forceinline__ uint32_t narrow_pair(float first, float next) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(next), "f"(first));
  return pair;
}

// 2^x within 2 ulp; 0 at minus infinity and where it would be subnormal.
__device__ __forceinline__ float exponential_of_2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// Throws Fault::kRun that names the call, the kernel and the device.
inline void check_kernel_call(cudaError_t code, const char* call, const char* kernel) {
  if (code == cudaSuccess) return;
  int device = -1;
  cudaGetDevice(&device);
  throw_error(Fault::kRun,
              concat("CUDA failed in ", call, " of kernel ", kernel, " on device ", device, ": ",
                     cudaGetErrorName(code), ", ", cudaGetErrorString(code)));
}

// Lets a kernel have more shared memory than one has without asking.
template <class Kernel>
void ask_for_shared_memory(const char* name, Kernel kernel, int64_t bytes) {
  const cudaError_t code = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                static_cast<int>(bytes));
  int device = 0, most = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  if (code != cudaSuccess && bytes > most)
    throw_error(Fault::kRun,
                concat("kernel ", name, " takes ", bytes, " bytes of shared memory a block, GPU ",
                       device, " has ", most, "; a GPU like A100 or H100 has enough"));
  check_kernel_call(code, "cudaFuncSetAttribute", name);
}

// kernel(args...) on every thread of the grid; nothing for an empty one. Errors of the launch are
// thrown here, those of the kernel's run at the next synchronisation.
template <class... Params, class... Args>
void launch(const char* name, void (*kernel)(Params...), const Grid& grid, int num_threads,
            int64_t shared_bytes, Stream stream, Args... args) {
  check_launch(name, grid, num_threads, shared_bytes);
  if (grid.size() == 0) return;
  constexpr int64_t kSharedWithoutAsking = 48 * 1024;
  if (shared_bytes > kSharedWithoutAsking) ask_for_shared_memory(name, kernel, shared_bytes);
  const dim3 blocks(static_cast<unsigned>(grid.x), static_cast<unsigned>(grid.y),
                    static_cast<unsigned>(grid.z));
  kernel<<<blocks, num_threads, static_cast<size_t>(shared_bytes), native_stream(stream)>>>(
      args...);
  check_kernel_call(cudaGetLastError(), "the launch", name);
}

}  // namespace r1::kernels
