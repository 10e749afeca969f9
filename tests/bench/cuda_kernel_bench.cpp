// Speed of kernels/cuda on a GPU, at sizes of a model of 1.5 billion parameters.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "kernels/adamw_bf16.h"
#include "kernels/attention.h"
#include "kernels/gemm.h"
#include "kernels/logprob.h"
#include "kernels/sampling.h"
#include "kernels/swiglu.h"
#include "libr1/core/gpu.h"
#include "libr1/tensor/tensor.h"
#include "tests/bench/gpu_values.h"
#include "tests/kernels/rmsnorm_backward.h"

namespace r1::kernels {
namespace {

constexpr Device kCuda = Device::kCuda;
using benchmark::State;

Tensor zeros(int64_t count, Dtype dtype = Dtype::kF32) { return Tensor({count}, dtype, kCuda); }

Tensor on_gpu(int64_t count, Dtype dtype = Dtype::kBf16) {
  Tensor values = zeros(count, dtype);
  bench::fill_normal(values.view(), 1);
  return values;
}

template <class T>
Tensor on_gpu(const std::vector<T>& values) {
  Tensor copy = zeros(static_cast<int64_t>((values.size() * sizeof(T) + 3) / 4));
  bench::copy_to(values, copy.view());
  return copy;
}

// Time of what `work` gives to the GPU, with a rate of `per_call` (bytes or operations) beside it.
// Several calls are waited for at once, as in a model: a wait takes longer than a small kernel.
template <class Work>
void measure(State& state, const char* rate, double per_call, Work work) {
  constexpr int kCalls = 16;
  work();
  gpu::synchronize({});
  while (state.KeepRunningBatch(kCalls)) {
    for (int i = 0; i < kCalls; ++i) work();
    gpu::synchronize({});
  }
  state.counters[rate] =
      benchmark::Counter(per_call, benchmark::Counter::kIsIterationInvariantRate);
}

Bf16* bf16(const Tensor& tensor) { return tensor.view().data<Bf16>(); }

void matmul(State& state) {
  const GemmShape s{state.range(0), state.range(1), state.range(2)};
  // With few rows it is the weight's bytes that take time: those of a model do not stay in the
  // cache.
  const int64_t weights = s.m <= 256 ? 8 : 1;
  const Tensor x = on_gpu(s.m * s.k), w = on_gpu(weights * s.n * s.k), y = on_gpu(s.m * s.n);
  const Tensor dw = on_gpu(s.n * s.k, Dtype::kF32);
  int64_t turn = 0;
  measure(state, "FLOP", 2.0 * s.m * s.n * s.k, [&] {
    const Bf16* weight = bf16(w) + turn++ % weights * s.n * s.k;
    if (state.range(3) == 0)
      matmul_forward<kCuda, Bf16, Bf16>(s, bf16(x), weight, nullptr, bf16(y), s.n, {});
    if (state.range(3) == 1) matmul_backward_input<kCuda, Bf16>(s, bf16(y), weight, bf16(x), {});
    if (state.range(3) == 2)
      matmul_backward_weight<kCuda, Bf16>(s, bf16(y), bf16(x), dw.view().data<float>(), {});
  });
}
BENCHMARK(matmul)
    ->ArgNames({"m", "n", "k", "pass"})
    ->Args({4096, 4096, 4096, 0})
    ->Args({4096, 4096, 4096, 1})
    ->Args({4096, 4096, 4096, 2})
    ->Args({256, 8960, 1536, 0})
    ->Args({64, 8960, 1536, 0})
    ->Args({1, 8960, 1536, 0})
    ->UseRealTime();

// Sequences of `rows` new tokens after `cached` ones; 12 heads over 2, of 128.
struct AttentionCase {
  AttentionShape shape{12, 2, 128, 16 * 128, 1 / std::sqrt(128.0)};
  std::vector<AttentionSequence> sequences;
  Tensor pages, on_device, qkv, o, do_, dqkv, lse, k, v, scratch;

  AttentionCase(int64_t count, int32_t rows, int32_t cached) {
    shape.max_rows = rows;
    shape.max_positions = rows + cached;
    const int64_t each = (rows + cached + kPageTokens - 1) / kPageTokens, all = count * rows;
    std::vector<int32_t> ids(static_cast<size_t>(count * each));
    for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i);
    pages = on_gpu(ids);
    const auto* first = static_cast<const int32_t*>(pages.view().bytes);
    for (int64_t i = 0; i < count; ++i)
      sequences.push_back({i * rows, rows, cached, first + i * each});
    on_device = on_gpu(sequences);
    qkv = on_gpu(all * shape.qkv_stride);
    dqkv = on_gpu(all * shape.qkv_stride);
    o = on_gpu(all * shape.heads * shape.head_dim);
    do_ = on_gpu(all * shape.heads * shape.head_dim);
    lse = zeros(all * shape.heads);
    k = on_gpu(count * each * shape.page_size());
    v = on_gpu(count * each * shape.page_size());
    scratch = zeros(all * shape.heads * num_splits(shape) * (shape.head_dim + 2));
  }
  std::span<const AttentionSequence> span() const {
    return {static_cast<const AttentionSequence*>(on_device.view().bytes), sequences.size()};
  }
  void forward() const {
    attention_forward<kCuda, Bf16>(shape, span(), bf16(qkv), bf16(k), bf16(v), bf16(o),
                                   lse.view().data<float>(), {});
  }
  double operations() const {  // of the two products of the forward pass
    double pairs = 0;
    for (const auto& s : sequences) pairs += s.num_rows * (s.first_position + s.num_rows / 2.0);
    return 4 * pairs * static_cast<double>(shape.heads * shape.head_dim);
  }
};

void attention_prefill(State& state) {
  const AttentionCase c(state.range(0), static_cast<int32_t>(state.range(1)), 0);
  measure(state, "FLOP", c.operations(), [&] { c.forward(); });
}
BENCHMARK(attention_prefill)->Args({16, 512})->Args({4, 2048})->Args({1, 8192})->UseRealTime();

void attention_gradient(State& state) {
  const AttentionCase c(state.range(0), static_cast<int32_t>(state.range(1)), 0);
  c.forward();  // the gradient reads its outputs
  const int64_t k_at = c.shape.heads * c.shape.head_dim;
  const int64_t v_at = k_at + c.shape.kv_heads * c.shape.head_dim;
  measure(state, "FLOP", 2.5 * c.operations(), [&] {
    Bf16 *rows = bf16(c.qkv), *grads = bf16(c.dqkv);
    attention_backward<kCuda, Bf16>(
        c.shape, c.span(),
        {rows, rows + k_at, rows + v_at, bf16(c.o), c.lse.view().data<float>(), bf16(c.do_), grads,
         grads + k_at, grads + v_at, c.scratch.view().data<float>()},
        {});
  });
}
BENCHMARK(attention_gradient)->Args({16, 512})->Args({4, 2048})->UseRealTime();

void attention_of_a_token(State& state) {
  const AttentionCase c(state.range(0), 1, static_cast<int32_t>(state.range(1)));
  const double bytes = static_cast<double>(c.k.view().size_in_bytes() + c.v.view().size_in_bytes());
  measure(state, "bytes", bytes, [&] {
    attention_decode<kCuda, Bf16>(c.shape, c.span(), bf16(c.qkv), bf16(c.k), bf16(c.v), bf16(c.o),
                                  c.scratch.view().data<float>(), {});
  });
}
BENCHMARK(attention_of_a_token)->Args({256, 1024})->Args({8, 8192})->UseRealTime();

void rmsnorm(State& state) {
  const RmsNormShape s{8192, 1, 1536, 1536, 1e-6};
  const Tensor x = on_gpu(s.rows * s.cols), y = on_gpu(s.rows * s.cols), w = on_gpu(s.cols);
  const Tensor rstd = on_gpu(std::vector<float>(static_cast<size_t>(s.rows), 1)),
               dw = zeros(s.cols);
  const auto size = static_cast<double>(s.rows * s.cols) * sizeof(Bf16);
  const bool forward = state.range(0) == 0;
  measure(state, "bytes", forward ? 2 * size : 5 * size, [&] {
    if (forward)
      rmsnorm_forward<kCuda, Bf16>(s, bf16(x), bf16(w), bf16(y), rstd.view().data<float>(), {});
    else
      rmsnorm_backward<kCuda, Bf16>(s, bf16(y), bf16(x), bf16(w), rstd.view().data<float>(),
                                    bf16(y), false, dw.view().data<float>(), {});
  });
}
BENCHMARK(rmsnorm)->ArgName("backward")->Arg(0)->Arg(1)->UseRealTime();

void swiglu(State& state) {
  const int64_t rows = 8192, cols = 8960;
  const Tensor gate_up = on_gpu(rows * 2 * cols), y = on_gpu(rows * cols);
  measure(state, "bytes", 6.0 * rows * cols,
          [&] { swiglu_forward<kCuda, Bf16>(rows, cols, bf16(gate_up), bf16(y), {}); });
}
BENCHMARK(swiglu)->UseRealTime();

void logprob(State& state) {
  const LogprobShape s{1024, 151936, 1.0};
  const Tensor logits = on_gpu(s.rows * s.vocab, Dtype::kF32), out = zeros(3 * s.rows),
               targets = zeros(s.rows);
  auto* at = out.view().data<float>();
  measure(state, "bytes", 4.0 * s.rows * s.vocab, [&] {
    logprob_forward<kCuda, Bf16>(s, logits.view().data<float>(),
                                 static_cast<const int32_t*>(targets.view().bytes), at, at + s.rows,
                                 at + 2 * s.rows, {});
  });
}
BENCHMARK(logprob)->UseRealTime();

void sampling(State& state) {
  const int64_t rows = 256, vocab = 151936;
  SamplingRule rule;
  if (state.range(0)) rule.top_p = 0.95f;
  const std::vector<SamplingRule> rules(rows, rule);
  std::vector<float> draws;
  for (uint32_t row = 0; row < rows; ++row) draws.push_back(Random(7, "bench").uniform(row));
  const Tensor logits = on_gpu(rows * vocab, Dtype::kF32), uniforms = on_gpu(draws);
  const Tensor scratch = zeros(2 * rows * vocab), tokens = zeros(rows), on_device = on_gpu(rules);
  measure(state, "bytes", 4.0 * rows * vocab, [&] {
    sample_tokens<kCuda>(rows, vocab, logits.view().data<float>(),
                         static_cast<const SamplingRule*>(on_device.view().bytes),
                         uniforms.view().data<float>(), scratch.view().data<float>(),
                         static_cast<int32_t*>(tokens.view().bytes), {});
  });
}
BENCHMARK(sampling)->ArgName("top_p")->Arg(0)->Arg(1)->UseRealTime();

void adamw(State& state) {
  const int64_t count = 100'000'000;
  const bool narrow = state.range(0) == 1;
  const Tensor g = on_gpu(count, Dtype::kF32), m = zeros(count), v = zeros(count);
  const Tensor w = on_gpu(count, narrow ? Dtype::kBf16 : Dtype::kF32);
  measure(state, "bytes", (narrow ? 24.0 : 28.0) * count, [&] {
    if (narrow)
      adamw_update<kCuda>({}, {}, count, g.view().data<float>(), m.view().data<float>(),
                          v.view().data<float>(), bf16(w), {});
    else
      adamw_update<kCuda, float>({}, count, g.view().data<float>(), m.view().data<float>(),
                                 v.view().data<float>(), w.view().data<float>(), {});
  });
}
BENCHMARK(adamw)->ArgName("bf16_master")->Arg(0)->Arg(1)->UseRealTime();

}  // namespace
}  // namespace r1::kernels

int main(int argc, char** argv) {
  if (r1::gpu::count() == 0) {
    std::printf("cuda_kernel_bench: %s; nothing to measure\n", r1::gpu::why_none().c_str());
    return 0;
  }
  benchmark::AddCustomContext("gpu", r1::gpu::name(0));
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
