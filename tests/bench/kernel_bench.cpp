// Products of the shapes of small language models, as shares of the machine's own rate.
#include <cstdio>

#include "kernels/gemm.h"
#include "libr1/core/philox.h"
#include "libr1/core/thread_pool.h"
#include "libr1/tensor/tensor.h"
#include "tests/bench/limits.h"

namespace r1::bench {
namespace {

constexpr int64_t kRows[] = {1, 8, 32, 64, 256, 512};
constexpr int64_t kShapes[][2] = {{256, 256},  {256, 1024}, {576, 576},
                                  {576, 1536}, {1536, 576}, {896, 4864}};  // in, out features

Tensor random_tensor(Shape shape, Dtype dtype, const char* name) {
  Tensor tensor(shape, dtype);
  const Random random(1, name);
  for (int64_t i = 0; i < shape.size(); ++i) {
    const auto value = static_cast<float>(random.normal(static_cast<uint32_t>(i)));
    if (dtype == Dtype::kF32)
      tensor.view().data<float>()[i] = value;
    else
      tensor.view().data<Bf16>()[i] = to_bf16(value);
  }
  return tensor;
}

// Seconds of one of the three products.
template <class T>
double product_seconds(int pass, const kernels::GemmShape& s, Stream stream) {
  constexpr Device kCpu = Device::kCpu;
  const Tensor x = random_tensor({s.m, s.k}, kDtypeOf<T>, "x");
  const Tensor w = random_tensor({s.n, s.k}, kDtypeOf<T>, "w");
  const Tensor y = random_tensor({s.m, s.n}, kDtypeOf<T>, "y");
  const Tensor packed({kernels::packed_weight_size<kCpu, T>(s.n, s.k)}, kDtypeOf<T>);
  const Tensor dw({s.n, s.k}, Dtype::kF32);
  kernels::pack_weight<kCpu, T>(s.n, s.k, w.view().data<T>(), packed.view().data<T>(), stream);
  return median_seconds([&] {
    if (pass == 0)
      kernels::matmul_forward<kCpu, T, T>(s, x.view().data<T>(), packed.view().data<T>(), nullptr,
                                          y.view().data<T>(), s.n, stream);
    if (pass == 1)
      kernels::matmul_backward_input<kCpu, T>(s, y.view().data<T>(), w.view().data<T>(),
                                              x.view().data<T>(), stream);
    if (pass == 2)
      kernels::matmul_backward_weight<kCpu, T>(s, y.view().data<T>(), x.view().data<T>(),
                                               dw.view().data<float>(), stream);
  });
}

template <class T>
void bench_products(const Limits& limits, Stream stream) {
  constexpr const char* kPasses[] = {"y = x w'", "dx = dy w", "dw += dy' x"};
  for (int pass = 0; pass < 3; ++pass) {
    std::printf("\n%s, %s: GFLOP/s (share of the machine's rate)\n%-12s", kPasses[pass],
                to_string(kDtypeOf<T>).data(), "in x out");
    for (const int64_t m : kRows) std::printf("  %4lld rows  ", static_cast<long long>(m));
    std::printf("\n");
    for (const auto& [k, n] : kShapes) {
      std::printf("%4lld x %-5lld", static_cast<long long>(k), static_cast<long long>(n));
      for (const int64_t m : kRows) {
        const double flops =
            2.0 * static_cast<double>(m * n * k) / product_seconds<T>(pass, {m, n, k}, stream);
        std::printf("  %5.0f (%3.0f%%)", flops / 1e9, 100 * flops / limits.flops(kDtypeOf<T>));
      }
      std::printf("\n");
      std::fflush(stdout);
    }
  }
}

}  // namespace
}  // namespace r1::bench

int main() {
  using namespace r1;
  ThreadPool pool(available_cores());
  const auto limits = bench::measure_limits({&pool}, pool.num_threads());
  std::printf("%d threads: %.0f GFLOP/s f32, %.0f GFLOP/s bf16, %.1f GB/s read from memory\n",
              pool.num_threads(), limits.f32_flops / 1e9, limits.bf16_flops / 1e9,
              limits.read_bytes_per_s / 1e9);
  bench::bench_products<float>(limits, {&pool});
  bench::bench_products<Bf16>(limits, {&pool});
}
