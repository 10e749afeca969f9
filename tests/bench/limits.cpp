#include "tests/bench/limits.h"

#include "libr1/core/thread_pool.h"
#include "libr1/tensor/tensor.h"
#include "tests/bench/limits_simd.h"

namespace r1::bench {

Limits measure_limits(Stream stream, int threads) {
  Limits limits;
  constexpr int64_t kRounds = 200'000;
  const auto rate = [&](auto kernel) {
    std::vector<double> flops(static_cast<size_t>(threads));
    const double time = median_seconds([&] {
      parallel_for(stream, threads, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          float sink = 0;
          flops[static_cast<size_t>(i)] = kernel(&sink);
        }
      });
    });
    return flops[0] * threads / time;
  };
  kernels::on_isa([&]<kernels::Isa I>() {
    limits.f32_flops = rate([](float* sink) { return multiply_add_f32<I>(kRounds, sink); });
    limits.bf16_flops = rate([](float* sink) { return multiply_add_bf16<I>(kRounds, sink); });
  });
  const Tensor data({int64_t{64} << 20}, Dtype::kF32);  // 256 MiB: beyond every cache
  const int64_t piece = data.view().size() / threads;
  const double time = median_seconds([&] {
    parallel_for(stream, threads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float sink = 0;
        kernels::on_isa([&]<kernels::Isa I>() {
          read_memory<I>(data.view().data<float>() + i * piece, piece, &sink);
        });
      }
    });
  });
  limits.read_bytes_per_s = static_cast<double>(data.view().size_in_bytes()) / time;
  return limits;
}

}  // namespace r1::bench
