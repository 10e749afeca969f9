#include "libr1/ops/sampling.h"

#include <algorithm>

#include "kernels/logprob.h"
#include "libr1/ops/dispatch.h"
#include "libr1/tensor/mirrored.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {

void draw_tokens(const TensorView& logits, std::span<const kernels::SamplingRule> rules,
                 std::span<const float> uniforms, double inverse_temperature,
                 const DrawScratch& scratch, std::span<int32_t> tokens, std::span<double> logprobs,
                 Stream stream) {
  const int64_t rows = logits.shape[0], vocab = logits.shape[1];
  R1_CHECK(logits.dtype == Dtype::kF32 && rows == static_cast<int64_t>(rules.size()) &&
               rules.size() == uniforms.size() && rules.size() == tokens.size() &&
               rules.size() == logprobs.size(),
           "draw_tokens: ", rows, " rows of ", to_string(logits.dtype), ", ", rules.size(),
           " rules");
  const MirroredCopy<kernels::SamplingRule> rule(rules, logits.device, stream);
  const MirroredCopy<float> uniform(uniforms, logits.device, stream);
  std::fill(tokens.begin(), tokens.end(), -1);
  const MirroredCopy<int32_t> token(tokens, logits.device, stream);
  on_kernel(logits, [&]<Device D, class T>() {
    if constexpr (std::is_same_v<T, float>) {
      kernels::sample_tokens<D>(rows, vocab, logits.data<float>(), rule.data(), uniform.data(),
                                scratch.truncation.data<float>(), token.written(), stream);
      token.read(tokens, stream);
      if (std::ranges::min(tokens) < 0) return;
      kernels::logprob_forward<D, float>({rows, vocab, inverse_temperature}, logits.data<float>(),
                                         token.data(), scratch.logprob.data<float>(),
                                         scratch.lse.data<float>(), nullptr, stream);
      read_values(scratch.logprob, logprobs, stream);
    }
  });
}

}  // namespace r1::ops
