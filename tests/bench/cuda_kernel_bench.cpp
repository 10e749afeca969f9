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
#include "tests/kernels/rmsnorm_backward.h"

namespace r1::kernels {
namespace {

constexpr Device kCuda = Device::kCuda;
using benchmark::State;

Tensor on_gpu(int64_t count, Dtype dtype = Dtype::kBf16) {
  return Tensor({count}, dtype, kCuda);  // zeros: time does not depend on values
}

template <class T>
void copy_to(const std::vector<T>& values, const Tensor& to) {
  gpu::copy(values.data(), to.view().bytes, static_cast<int64_t>(values.size() * sizeof(T)), {});
  gpu::synchronize({});
}

// Time of what `work` gives to the GPU, with a rate of `per_call` (bytes or operations) beside it.
template <class Work>
void measure(State& state, const char* rate, double per_call, Work work) {
  work();
  gpu::synchronize({});
  for (auto _ : state) {
    work();
    gpu::synchronize({});
  }
  state.counters[rate] =
      benchmark::Counter(per_call, benchmark::Counter::kIsIterationInvariantRate);
}

void matmul(State& state) {
  const GemmShape s{state.range(0), state.range(1), state.range(2)};
  const Tensor x = on_gpu(s.m * s.k), w = on_gpu(s.n * s.k), y = on_gpu(s.m * s.n);
  const Tensor dw = on_gpu(s.n * s.k, Dtype::kF32);
  const auto data = [](const Tensor& t) { return t.view().data<Bf16>(); };
  measure(state, "FLOP", 2.0 * s.m * s.n * s.k, [&] {
    if (state.range(3) == 0)
      matmul_forward<kCuda, Bf16, Bf16>(s, data(x), data(w), nullptr, data(y), s.n, {});
    if (state.range(3) == 1) matmul_backward_input<kCuda, Bf16>(s, data(y), data(w), data(x), {});
    if (state.range(3) == 2)
      matmul_backward_weight<kCuda, Bf16>(s, data(y), data(x), dw.view().data<float>(), {});
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
    pages = on_gpu(count * each, Dtype::kF32);
    copy_to(ids, pages);
    const auto* first = static_cast<const int32_t*>(pages.view().bytes);
    for (int64_t i = 0; i < count; ++i)
      sequences.push_back({i * rows, rows, cached, first + i * each});
    on_device = on_gpu(count * static_cast<int64_t>(sizeof(AttentionSequence)) / 4, Dtype::kF32);
    copy_to(sequences, on_device);
    qkv = on_gpu(all * shape.qkv_stride);
    dqkv = on_gpu(all * shape.qkv_stride);
    o = on_gpu(all * shape.heads * shape.head_dim);
    do_ = on_gpu(all * shape.heads * shape.head_dim);
    lse = on_gpu(all * shape.heads, Dtype::kF32);
    k = on_gpu(count * each * shape.page_size());
    v = on_gpu(count * each * shape.page_size());
    scratch = on_gpu(all * shape.heads * num_splits(shape) * (shape.head_dim + 2), Dtype::kF32);
  }
  std::span<const AttentionSequence> span() const {
    return {static_cast<const AttentionSequence*>(on_device.view().bytes), sequences.size()};
  }
  double operations() const {  // of the two products of the forward pass
    double pairs = 0;
    for (const auto& s : sequences) pairs += s.num_rows * (s.first_position + s.num_rows / 2.0);
    return 4 * pairs * static_cast<double>(shape.heads * shape.head_dim);
  }
};

Bf16* bf16(const Tensor& tensor) { return tensor.view().data<Bf16>(); }

void attention_prefill(State& state) {
  const AttentionCase c(state.range(0), static_cast<int32_t>(state.range(1)), 0);
  measure(state, "FLOP", c.operations(), [&] {
    attention_forward<kCuda, Bf16>(c.shape, c.span(), bf16(c.qkv), bf16(c.k), bf16(c.v), bf16(c.o),
                                   c.lse.view().data<float>(), {});
  });
}
BENCHMARK(attention_prefill)->Args({16, 512})->Args({4, 2048})->Args({1, 8192})->UseRealTime();

void attention_gradient(State& state) {
  const AttentionCase c(state.range(0), static_cast<int32_t>(state.range(1)), 0);
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
  const Tensor rstd = on_gpu(s.rows, Dtype::kF32), dw = on_gpu(s.cols, Dtype::kF32);
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
  const Tensor logits = on_gpu(s.rows * s.vocab, Dtype::kF32),
               out = on_gpu(3 * s.rows, Dtype::kF32);
  const Tensor targets = on_gpu(s.rows, Dtype::kF32);  // zeros
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
  const Tensor logits = on_gpu(rows * vocab, Dtype::kF32), uniforms = on_gpu(rows, Dtype::kF32);
  const Tensor scratch = on_gpu(2 * rows * vocab, Dtype::kF32), tokens = on_gpu(rows, Dtype::kF32);
  const Tensor on_device =
      on_gpu(rows * static_cast<int64_t>(sizeof(SamplingRule)) / 4, Dtype::kF32);
  copy_to(rules, on_device);
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
  const Tensor g = on_gpu(count, Dtype::kF32), m = on_gpu(count, Dtype::kF32);
  const Tensor v = on_gpu(count, Dtype::kF32);
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
