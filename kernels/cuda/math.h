// Functions of numbers and reductions that every kernel shares. The formulas are those of
// kernels/cpu/simd/math.h, operation by operation, so elementwise kernels give the CPU's bits.
#pragma once

#include "device.h"

namespace r1::kernels {

inline constexpr int kWarpSize = 32;

__device__ __forceinline__ float widen(float x) { return x; }
__device__ __forceinline__ float widen(Bf16 x) { return to_float(x); }

template <class T>
__device__ __forceinline__ T narrow(float x);
template <>
__device__ __forceinline__ float narrow<float>(float x) {
  return x;
}
template <>
__device__ __forceinline__ Bf16 narrow<Bf16>(float x) {
  return to_bf16(x);
}

// x[i] and x[i + 1] of `size` elements, by one store where they are aligned.
template <class T>
__device__ __forceinline__ void store_pair(T* x, int64_t i, int64_t size, float value, float next) {
  struct alignas(2 * sizeof(T)) Pair {
    T value, next;
  };
  if (reinterpret_cast<uintptr_t>(x + i) % alignof(Pair) == 0 && i + 1 < size) {
    *reinterpret_cast<Pair*>(x + i) = {narrow<T>(value), narrow<T>(next)};
  } else {
    x[i] = narrow<T>(value);
    if (i + 1 < size) x[i + 1] = narrow<T>(next);
  }
}

// e^x within 2 ulp; exactly 1 at 0; 0 below -87.33; x above 88.37 gives the value there; NaN
// passes.
__device__ __forceinline__ float exponential(float x) {
  if (x < -87.33f) return 0.0f;
  const float bounded = x > 88.37f ? 88.37f : x;
  const float n = rintf(bounded * 1.44269504f);
  const float r = fmaf(-n, -2.12194440e-4f, fmaf(-n, 0.693359375f, bounded));
  float p = 1.0f / 5040.0f;
  p = fmaf(p, r, 1.0f / 720.0f);
  p = fmaf(p, r, 1.0f / 120.0f);
  p = fmaf(p, r, 1.0f / 24.0f);
  p = fmaf(p, r, 1.0f / 6.0f);
  p = fmaf(p, r, 0.5f);
  p = fmaf(p, r, 1.0f);
  p = fmaf(p, r, 1.0f);
  return p * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + exponential(0.0f - x)); }

// Over the lanes of a warp, in a fixed tree; every lane gets the result.
template <class A>
__device__ __forceinline__ A warp_sum(A x) {
  for (int distance = 16; distance > 0; distance /= 2)
    x = x + __shfl_xor_sync(kAllLanes, x, distance);
  return x;
}
__device__ __forceinline__ float warp_max(float x) {
  for (int distance = 16; distance > 0; distance /= 2) {
    const float other = __shfl_xor_sync(kAllLanes, x, distance);
    x = x > other ? x : other;
  }
  return x;
}

struct Sum {
  template <class A>
  __device__ A operator()(A x) const {
    return warp_sum(x);
  }
};
struct Max {
  __device__ float operator()(float x) const { return warp_max(x); }
};

// Over the threads of a block of whole warps, warp by warp and then over warps, in a fixed tree;
// every thread gets the result. `scratch` holds 32 elements and is free again at the return.
template <class A, class WarpReduction>
__device__ A block_reduce(A x, A identity, WarpReduction reduce, SharedArray<A> scratch) {
  const int lane = static_cast<int>(threadIdx.x) % kWarpSize;
  const int warp = static_cast<int>(threadIdx.x) / kWarpSize;
  x = reduce(x);
  if (lane == 0) scratch[warp] = x;
  __syncthreads();
  A all = identity;
  if (lane < static_cast<int>(blockDim.x) / kWarpSize) all = scratch[lane];
  all = reduce(all);
  __syncthreads();
  return all;
}
template <class A>
__device__ A block_sum(A x, SharedArray<A> scratch) {
  return block_reduce(x, A{0}, Sum{}, scratch);
}
__device__ inline float block_max(float x, SharedArray<float> scratch) {
  return block_reduce(x, -__builtin_inff(), Max{}, scratch);
}

// a / b of numbers below 2^31: a division of 64 bits is a function call.
__device__ __forceinline__ int64_t short_quotient(int64_t a, int64_t b) {
  return static_cast<uint32_t>(a) / static_cast<uint32_t>(b);
}

}  // namespace r1::kernels
