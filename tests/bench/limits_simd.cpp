#include "tests/bench/limits_simd.h"

#include "dot.h"
#include "vec.h"

namespace r1::bench {

using namespace kernels;        // NOLINT: this file is the kernels' own kind
using namespace kernels::simd;  // NOLINT

namespace {

constexpr int kChains = kLanes == 16 ? 24 : 12;  // fill the registers, hide the latency

template <class T>
double rate(int64_t rounds, float* sink) {
  alignas(64) T b_memory[kLanes * 2] = {}, a[2] = {};
  const auto b = Dot<T>::load_b(b_memory);
  Vec acc[kChains];
  for (auto& chain : acc) chain = set1(1);
  for (int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 24
    for (auto& chain : acc) chain = Dot<T>::step(a, b, chain);
  Vec sum = zero();
  for (const auto& chain : acc) sum = add(sum, chain);
  *sink = sum_lanes(sum);
  return static_cast<double>(rounds) * kChains * kLanes * Dot<T>::kStep * 2;
}

}  // namespace

template <Isa I>
double multiply_add_f32(int64_t rounds, float* sink) {
  return rate<float>(rounds, sink);
}

template <Isa I>
double multiply_add_bf16(int64_t rounds, float* sink) {
  return rate<Bf16>(rounds, sink);
}

template <Isa I>
void read_memory(const float* data, int64_t count, float* sink) {
  Vec sums[8];
  for (auto& sum : sums) sum = zero();
  for (int64_t i = 0; i + 8 * kLanes <= count; i += 8 * kLanes)
    for (int j = 0; j < 8; ++j) sums[j] = add(sums[j], load(data + i + j * kLanes));
  for (int j = 1; j < 8; ++j) sums[0] = add(sums[0], sums[j]);
  *sink = sum_lanes(sums[0]);
}

template double multiply_add_f32<kIsa>(int64_t, float*);
template double multiply_add_bf16<kIsa>(int64_t, float*);
template void read_memory<kIsa>(const float*, int64_t, float*);

}  // namespace r1::bench
