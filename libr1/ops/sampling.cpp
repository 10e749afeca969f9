#include "libr1/ops/sampling.h"

#include <algorithm>

#include "kernels/logprob.h"
#include "libr1/ops/dispatch.h"
#include "libr1/ops/vocab_parts.h"
#include "libr1/tensor/flat_range.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {
void Draw::Brought::start(const void* bytes, int64_t size_in_bytes, Device device, Stream stream) {
  here_ = bytes;
  if (device != Device::kCuda) return;
  download_ = std::make_unique<gpu::Download>();
  download_->start(bytes, size_in_bytes, stream);
}

const void* Draw::Brought::wait() { return download_ ? download_->wait() : here_; }

Draw::Draw(const TensorView& logits, std::span<const kernels::SamplingRule> rules,
           std::span<const float> uniforms, double inverse_temperature, int vocab_parts,
           const DrawScratch& scratch, Stream stream)
    : logits_(logits),
      vocab_parts_(vocab_parts),
      stream_(stream),
      host_tokens_(rules.size(), -1),
      tokens_(host_tokens_, logits.device, stream) {
  const int64_t rows = logits.shape[0], vocab = logits.shape[1];
  R1_CHECK(logits.dtype == Dtype::kF32 && rows == static_cast<int64_t>(rules.size()) &&
               rules.size() == uniforms.size() && scratch.lse.size() >= vocab_parts * rows,
           "draw: ", rows, " rows of ", to_string(logits.dtype), ", ", rules.size(), " rules, ",
           scratch.lse.size(), " places for ", vocab_parts, " parts");
  const MirroredCopy<kernels::SamplingRule> rule(rules, logits.device, stream);
  const MirroredCopy<float> uniform(uniforms, logits.device, stream);
  const bool truncates = std::ranges::any_of(
      rules, [&](const kernels::SamplingRule& one) { return one.truncates(vocab); });
  const int64_t chunk = truncates ? scratch.truncation.shape[0] : rows;
  on_kernel(logits, [&]<Device D, class T>() {
    if constexpr (std::is_same_v<T, float>) {
      for (int64_t row = 0; row < rows; row += chunk)
        kernels::sample_tokens<D>(std::min(chunk, rows - row), vocab,
                                  logits.data<float>() + row * vocab, rule.data() + row,
                                  uniform.data() + row, scratch.truncation.data<float>(),
                                  tokens_.written() + row, stream);
      // Behind the drawing without a wait: what a row without a token gets is not looked at.
      for (int part = 0; part < vocab_parts; ++part) {
        const FlatRange columns = part_of(vocab, part, vocab_parts);
        kernels::logprob_forward<D, float>(
            {rows, columns.count, inverse_temperature, columns.begin, vocab},
            logits.data<float>() + columns.begin, tokens_.data(),
            scratch.logprob.data<float>() + part * rows, scratch.lse.data<float>() + part * rows,
            nullptr, stream);
      }
    }
  });
  const auto bring = [&](Brought& brought, const void* bytes, int64_t count) {
    brought.start(bytes, count * 4, logits.device, stream);
  };
  bring(found_tokens_, tokens_.data(), rows);
  bring(logprobs_, scratch.logprob.bytes, vocab_parts * rows);
  if (vocab_parts > 1) bring(lses_, scratch.lse.bytes, vocab_parts * rows);
}

void Draw::read(std::span<int32_t> tokens, std::span<double> logprobs) {
  const size_t rows = host_tokens_.size();
  R1_CHECK(tokens.size() == rows && logprobs.size() == rows, "draw: ", rows, " rows are read as ",
           tokens.size());
  std::copy_n(static_cast<const int32_t*>(found_tokens_.wait()), rows, tokens.begin());
  if (std::ranges::min(tokens) < 0) return;
  const auto* logprob = static_cast<const float*>(logprobs_.wait());
  if (vocab_parts_ == 1) {
    std::copy_n(logprob, rows, logprobs.begin());
    return;
  }
  const auto* lse = static_cast<const float*>(lses_.wait());
  std::vector<std::vector<double>> parts;
  for (int part = 0; part < vocab_parts_; ++part, lse += rows, logprob += rows) {
    auto& known = parts.emplace_back(lse, lse + rows);
    known.resize(3 * rows);
    for (size_t row = 0; row < rows; ++row)
      known[2 * rows + row] = static_cast<double>(logprob[row]) + known[row];
  }
  for (size_t row = 0; row < rows; ++row)
    logprobs[row] = static_cast<float>(join_row(parts, row, rows).logprob);
}

void Draw::take(std::span<const int32_t> source, int32_t* ids) const {
  R1_CHECK(logits_.device == Device::kCuda, "tokens that were drawn on a CPU are known");
  const MirroredCopy<int32_t> from(source, logits_.device, stream_);
  on_kernel(logits_, [&]<Device D, class T>() {
    if constexpr (D == Device::kCuda)
      kernels::take_drawn<D>(static_cast<int64_t>(source.size()), from.data(), tokens_.data(), ids,
                             stream_);
  });
}

}  // namespace r1::ops
