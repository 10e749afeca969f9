// The words of CUDA that kernels/cuda uses, for g++: the same names as in kernels/cuda/native/
// device.h; which file is meant is decided by the include path. See block.h for what is checked.
#pragma once

#include <bit>
#include <cmath>
#include <cstring>

#include "libr1/core/error.h"
#include "libr1/core/types.h"
#include "tests/kernels/cuda_emulation/block.h"
#include "tests/kernels/cuda_emulation/memory.h"
#include "tests/kernels/cuda_emulation/shared_array.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define threadIdx (::r1::cuda_emulation::place.thread)
#define blockIdx (::r1::cuda_emulation::place.block)
#define blockDim (::r1::cuda_emulation::place.block_dim)
#define gridDim (::r1::cuda_emulation::place.grid_dim)

namespace r1::kernels {

inline constexpr uint32_t kAllLanes = 0xffffffff;

inline void __syncthreads() { cuda_emulation::block_barrier(); }
inline int __syncthreads_or(int value) { return cuda_emulation::block_any(value != 0); }
inline void __syncwarp() { cuda_emulation::warp_barrier(); }
inline uint32_t __ballot_sync(uint32_t, bool value) { return cuda_emulation::warp_ballot(value); }
inline int __popc(uint32_t bits) { return std::popcount(bits); }
using std::fmaxf;
inline int __ffs(uint32_t bits) { return bits ? std::countr_zero(bits) + 1 : 0; }

template <class T>
T __shfl_sync(uint32_t, T value, int source) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = cuda_emulation::warp_exchange(bits, source);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
template <class T>
T __shfl_xor_sync(uint32_t mask, T value, int lane_mask) {
  return __shfl_sync(mask, value, static_cast<int>(threadIdx.x % 32) ^ lane_mask);
}

// One load of an aligned T of 16 bytes: an error elsewhere, as on a GPU.
template <class T>
T load_16_bytes(const void* from) {
  static_assert(sizeof(T) == 16 && alignof(T) == 16);
  R1_CHECK(reinterpret_cast<uintptr_t>(from) % 16 == 0, "a load of 16 bytes is not aligned");
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void store_16_bytes(const T& value, void* to) {
  static_assert(sizeof(T) == 16 && alignof(T) == 16);
  R1_CHECK(reinterpret_cast<uintptr_t>(to) % 16 == 0, "a store of 16 bytes is not aligned");
  std::memcpy(to, &value, sizeof value);
}

// c += a b^T, a: 16 x 16, b: 8 x 16, in the fragments of mma.m16n8k16. Here a sum takes its
// products one after another; hardware adds them in an order and width of its own.
inline void multiply_16x8x16(const uint32_t (&a)[4], const uint32_t (&b)[2], float (&c)[4]) {
  const auto* all =
      cuda_emulation::warp_share({a[0], a[1], a[2], a[3], b[0], b[1]}, "a matrix product");
  const auto half = [](uint32_t word, int k) {
    return std::bit_cast<float>(k % 2 ? word & 0xffff0000u : word << 16);
  };
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (int e = 0; e < 4; ++e)
    for (int k = 0; k < 16; ++k) {
      const int row = lane / 4, col = lane % 4 * 2 + e % 2, of_k = k % 8 / 2;
      const uint32_t word_a = all[row * 4 + of_k][k / 8 * 2 + e / 2];
      const uint32_t word_b = all[col * 4 + of_k][4 + k / 8];
      c[e] = std::fma(half(word_a, k), half(word_b, k), c[e]);
    }
}

// element(words, i, j) of each of the four matrices whose rows start at the lanes' bytes.
template <class Element>
void read_matrices(SharedArray<uint32_t> row, uint32_t (&to)[4], Element element) {
  const int64_t at = row.first_byte();
  R1_CHECK(at % 16 == 0, "a row of a matrix does not start at a multiple of 16 bytes: ", at);
  const auto* rows = cuda_emulation::warp_share({static_cast<uint32_t>(at)}, "a load of matrices");
  for (int i = 0; i < 4; ++i)
    to[i] = element([&, i](int of_row, int word) -> uint32_t {
      return SharedArray<uint32_t>(rows[i * 8 + of_row][0])[word];
    });
}
inline void load_matrices(SharedArray<uint32_t> row, uint32_t (&to)[4]) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  read_matrices(row, to, [lane](auto word) { return word(lane / 4, lane % 4); });
}
inline void load_transposed(SharedArray<uint32_t> row, uint32_t (&to)[4]) {
  const int lane = static_cast<int>(threadIdx.x % 32), column = lane / 4;
  read_matrices(row, to, [lane, column](auto word) {
    const int shift = column % 2 * 16, first = lane % 4 * 2;
    return (word(first, column / 2) >> shift & 0xffff) |
           (word(first + 1, column / 2) >> shift & 0xffff) << 16;
  });
}

// Here a copy is made as late as it may be; until then its bytes are those of NaNs.
inline void start_copy(SharedArray<uint32_t> to, const void* from, int count) {
  R1_CHECK(reinterpret_cast<uintptr_t>(from) % 16 == 0 && to.first_byte() % 16 == 0,
           "a copy of 16 bytes is not aligned");
  cuda_emulation::start_copy(to.first_byte(), from, count, 16);
}
inline void end_copy_group() { cuda_emulation::end_copy_group(); }
template <int kGroups>
void wait_for_copies() {
  cuda_emulation::wait_for_copies(kGroups);
}

inline uint32_t narrow_pair(float first, float next) {
  return static_cast<uint32_t>(to_bf16(next).bits) << 16 | to_bf16(first).bits;
}

inline float exponential_of_2(float x) {
  const float y = std::exp2(x);
  return y < 0x1p-126f ? 0.0f : y;
}

// Fault::kRun where a kernel is given a pointer to the host's memory.
template <class Arg>
void check_pointer(const char* name, const Arg& arg) {
  if constexpr (std::is_pointer_v<Arg>)
    R1_CHECK(cuda_emulation::is_on_device(arg), "kernel ", name,
             " is given a pointer to memory of the host");
}

// kernel(args...) on every thread of the grid; nothing for an empty one.
template <class... Params, class... Args>
void launch(const char* name, void (*kernel)(Params...), const Grid& grid, int num_threads,
            int64_t shared_bytes, Stream, Args... args) {
  check_launch(name, grid, num_threads, shared_bytes);
  if (grid.size() == 0) return;
  (check_pointer(name, args), ...);
  cuda_emulation::enqueue([=] {
    cuda_emulation::run_grid(name, grid, num_threads, shared_bytes, [&] { kernel(args...); });
  });
}

}  // namespace r1::kernels
