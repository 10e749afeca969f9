// Elements side by side that a thread takes together: by loads and stores of 16 bytes where they
// are aligned. Which elements a thread has does not depend on that, so sums do not either.
#pragma once

#include "kernels/cuda/math.h"

namespace r1::kernels {

inline constexpr int kGroup = 8;

// Of T, widened.
struct Group {
  float at[kGroup];
};

// Whether groups that begin at multiples of kGroup behind `data` may be moved as such, in rows that
// are `stride` apart.
template <class T>
bool has_groups(const T* data, int64_t stride) {
  return reinterpret_cast<uintptr_t>(data) % 16 == 0 && stride % kGroup == 0;
}

template <class T>
struct alignas(16) GroupPart {
  static constexpr int kSize = 16 / static_cast<int>(sizeof(T));
  T at[kSize];
};

// The first `count` of a group's elements, at most all; the others are 0.
template <class T>
__device__ __forceinline__ Group load_group(const T* from, int64_t count, bool aligned) {
  using Part = GroupPart<T>;
  Group group;
  if (aligned && count >= kGroup) {
#pragma unroll
    for (int i = 0; i < kGroup; i += Part::kSize) {
      const Part part = load_16_bytes<Part>(from + i);
#pragma unroll
      for (int j = 0; j < Part::kSize; ++j) group.at[i + j] = widen(part.at[j]);
    }
    return group;
  }
#pragma unroll
  for (int i = 0; i < kGroup; ++i) group.at[i] = i < count ? widen(from[i]) : 0.0f;
  return group;
}

template <class T>
__device__ __forceinline__ void store_group(const Group& group, T* to, int64_t count,
                                            bool aligned) {
  using Part = GroupPart<T>;
  if (aligned && count >= kGroup) {
#pragma unroll
    for (int i = 0; i < kGroup; i += Part::kSize) {
      Part part;
#pragma unroll
      for (int j = 0; j < Part::kSize; ++j) part.at[j] = narrow<T>(group.at[i + j]);
      store_16_bytes(part, to + i);
    }
    return;
  }
#pragma unroll
  for (int i = 0; i < kGroup; ++i)
    if (i < count) to[i] = narrow<T>(group.at[i]);
}

}  // namespace r1::kernels
