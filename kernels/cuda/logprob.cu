#include "kernels/logprob.h"

#include "kernels/cuda/group.h"

namespace r1::kernels {
namespace {

constexpr int kThreads = 512;
constexpr int64_t kBlock = 4096;  // elements summed in float, then added in double

// A block a row.
__global__ void forward(LogprobShape shape, const float* logits, const int32_t* targets,
                        float* logprob, float* lse, float* entropy) {
  const SharedArray<double> scratch = shared_array<double>(0);  // [2][32], also for floats
  const int64_t row = blockIdx.x, vocab = shape.vocab;
  const float* x = logits + row * shape.row_stride();
  const auto scale = static_cast<float>(shape.inverse_temperature);
  float top = -__builtin_inff();
  for (int64_t i = threadIdx.x; i < vocab; i += kThreads) top = x[i] > top ? x[i] : top;
  top = block_max(top, shared_array<float>(0)) * scale;
  double sum = 0, weighted = 0;
  for (int64_t begin = 0; begin < vocab; begin += kBlock) {
    const int64_t end = vocab - begin < kBlock ? vocab : begin + kBlock;
    float of_block = 0, weighted_of_block = 0;
    for (int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
      const float d = x[i] * scale - top;
      const float e = exponential(d);
      of_block = of_block + e;
      // A logit of -infinity has no weight: 0 * infinity must not become NaN.
      weighted_of_block = weighted_of_block + (e > 0 ? e * d : 0.0f);
    }
    sum = sum + static_cast<double>(of_block);
    weighted = weighted + static_cast<double>(weighted_of_block);
  }
  sum = block_sum(sum, scratch + kWarpSize);
  weighted = block_sum(weighted, scratch + kWarpSize);
  if (threadIdx.x != 0) return;
  const double log_sum = log(sum);
  lse[row] = static_cast<float>(static_cast<double>(top) + log_sum);
  const int64_t target = shape.column_of(targets[row]);
  const float of_target = target < 0 ? 0.0f : x[target] * scale;
  logprob[row] = static_cast<float>(static_cast<double>(of_target) - top - log_sum);
  if (entropy) entropy[row] = static_cast<float>(log_sum - weighted / sum);
}

// The values of the target's row but for the target itself: -p instead of 1 - p.
template <class T>
__global__ void backward(LogprobShape shape, bool aligned, const float* logits,
                         const int32_t* targets, const float* lse, const float* dlogprob,
                         T* dlogits) {
  const int64_t row = blockIdx.x, vocab = shape.vocab;
  const int64_t i = (static_cast<int64_t>(blockIdx.y) * kThreads + threadIdx.x) * kGroup;
  if (i >= vocab) return;
  const auto scale = static_cast<float>(shape.inverse_temperature);
  const auto coefficient =
      static_cast<float>(shape.inverse_temperature * static_cast<double>(dlogprob[row]));
  const int64_t target = shape.column_of(targets[row]);
  Group group = load_group(logits + row * shape.row_stride() + i, vocab - i, aligned);
#pragma unroll
  for (int j = 0; j < kGroup; ++j) {
    const float p = exponential(group.at[j] * scale - lse[row]);
    group.at[j] = coefficient * ((i + j == target ? 1.0f : 0.0f) - p);
  }
  store_group(group, dlogits + row * vocab + i, vocab - i, aligned);
}

}  // namespace

template <Device D, class T>
void logprob_forward(const LogprobShape& shape, const Accumulator<T>* logits,
                     const int32_t* targets, Accumulator<T>* logprob, Accumulator<T>* lse,
                     Accumulator<T>* entropy, Stream stream) {
  launch("logprob_forward", forward, {shape.rows}, kThreads, 2 * kWarpSize * sizeof(double), stream,
         shape, logits, targets, logprob, lse, entropy);
}

template <Device D, class T>
void logprob_backward(const LogprobShape& shape, const Accumulator<T>* logits,
                      const int32_t* targets, const Accumulator<T>* lse,
                      const Accumulator<T>* dlogprob, T* dlogits, Stream stream) {
  launch("logprob_backward", backward<T>, {shape.rows, ceil_div(shape.vocab, kThreads * kGroup)},
         kThreads, 0, stream, shape,
         has_groups(logits, shape.row_stride()) && has_groups(dlogits, shape.vocab), logits,
         targets, lse, dlogprob, dlogits);
}

#define R1_INSTANTIATE(T)                                                                          \
  template void logprob_forward<Device::kCuda, T>(const LogprobShape&, const float*,               \
                                                  const int32_t*, float*, float*, float*, Stream); \
  template void logprob_backward<Device::kCuda, T>(                                                \
      const LogprobShape&, const float*, const int32_t*, const float*, const float*, T*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
