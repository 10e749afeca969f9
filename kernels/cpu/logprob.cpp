#include "kernels/logprob.h"

#include <cmath>

#include "kernels/cpu/simd/logprob.h"
#include "libr1/core/thread_pool.h"

namespace r1::kernels {

template <Device D, class T>
void logprob_forward(const LogprobShape& shape, const Accumulator<T>* logits,
                     const int32_t* targets, Accumulator<T>* logprob, Accumulator<T>* lse,
                     Accumulator<T>* entropy, Stream stream) {
  const float scale = static_cast<float>(shape.inverse_temperature);
  parallel_for(stream, shape.rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* row = logits + r * shape.row_stride();
      const auto sums =
          on_isa([&]<Isa I>() { return simd::logprob_sums<I>(shape.vocab, scale, row); });
      const double log_sum = std::log(sums.sum);
      const int64_t target = shape.column_of(targets[r]);
      const double above_top =
          static_cast<double>(target < 0 ? 0.0f : row[target] * scale) - sums.max;
      lse[r] = static_cast<float>(sums.max + log_sum);
      logprob[r] = static_cast<float>(above_top - log_sum);
      if (entropy) entropy[r] = static_cast<float>(log_sum - sums.d_weighted / sums.sum);
    }
  });
}

template <Device D, class T>
void logprob_backward(const LogprobShape& shape, const Accumulator<T>* logits,
                      const int32_t* targets, const Accumulator<T>* lse,
                      const Accumulator<T>* dlogprob, T* dlogits, Stream stream) {
  parallel_for(stream, shape.rows, 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const simd::LogprobGrad grad{
          static_cast<float>(shape.inverse_temperature), lse[r],
          static_cast<float>(shape.inverse_temperature * static_cast<double>(dlogprob[r])),
          shape.column_of(targets[r])};
      on_isa([&]<Isa I>() {
        simd::logprob_backward_row<I>(shape.vocab, grad, logits + r * shape.row_stride(),
                                      dlogits + r * shape.vocab);
      });
    }
  });
}

#define R1_INSTANTIATE(T)                                                                         \
  template void logprob_forward<Device::kCpu, T>(const LogprobShape&, const float*,               \
                                                 const int32_t*, float*, float*, float*, Stream); \
  template void logprob_backward<Device::kCpu, T>(                                                \
      const LogprobShape&, const float*, const int32_t*, const float*, const float*, T*, Stream);
R1_INSTANTIATE(float)
R1_INSTANTIATE(Bf16)
#undef R1_INSTANTIATE

}  // namespace r1::kernels
