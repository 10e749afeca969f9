// What benchmarks compute on. Not zeros: of those a GPU draws less power and runs faster.
#pragma once

#include <algorithm>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "libr1/core/philox.h"
#include "libr1/tensor/transfer.h"

namespace r1::bench {

template <class T>
std::vector<T> normal_values(int64_t count, float std) {
  const Random random(7, "bench");
  std::vector<T> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(narrow<T>(static_cast<double>(std) * random.normal(static_cast<uint32_t>(i))));
  return values;
}

template <class T>
void copy_to(const std::vector<T>& values, const TensorView& to) {
  R1_CHECK(static_cast<int64_t>(values.size() * sizeof(T)) <= to.size_in_bytes(), "no room");
  gpu::copy(values.data(), to.bytes, static_cast<int64_t>(values.size() * sizeof(T)), {});
  gpu::synchronize({});
}

// Normal, of standard deviation `std`: a block that is repeated, whose length is no multiple of any
// row's, for to draw billions one by one takes minutes.
inline void fill_normal(const TensorView& to, float std) {
  const int64_t count = std::min<int64_t>(to.size(), 1'048'573);
  if (to.dtype == Dtype::kBf16)
    copy_to(normal_values<Bf16>(count, std), to);
  else
    copy_to(normal_values<float>(count, std), to);
  auto* bytes = static_cast<std::byte*>(to.bytes);
  const int64_t all = to.size_in_bytes();
  for (int64_t done = count * size_bytes(to.dtype); done < all; done *= 2)
    gpu::copy(bytes, bytes + done, std::min(done, all - done), {});
  gpu::synchronize({});
}

}  // namespace r1::bench
