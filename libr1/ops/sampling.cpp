#include "libr1/ops/sampling.h"

#include <algorithm>

#include "kernels/logprob.h"
#include "libr1/ops/dispatch.h"
#include "libr1/ops/vocab_parts.h"
#include "libr1/tensor/flat_range.h"
#include "libr1/tensor/transfer.h"

namespace r1::ops {
namespace {

// Fills the scratch with lse and log-probability of each row's target, which lies where the logits
// do. logits: [rows, any], f32
void target_logprobs(const TensorView& logits, const int32_t* targets, double inverse_temperature,
                     const DrawScratch& scratch, Stream stream) {
  on_kernel(logits, [&]<Device D, class T>() {
    if constexpr (std::is_same_v<T, float>)
      kernels::logprob_forward<D, float>(
          {logits.shape[0], logits.shape[1], inverse_temperature}, logits.data<float>(), targets,
          scratch.logprob.data<float>(), scratch.lse.data<float>(), nullptr, stream);
  });
}

// Of one part of the vocabulary, whose columns are copied together.
void logprobs_of_part(const TensorView& logits, const FlatRange& part, double inverse_temperature,
                      std::span<const int32_t> tokens, const DrawScratch& scratch,
                      std::vector<double>& known, Stream stream) {
  const int64_t rows = logits.shape[0];
  const auto count = static_cast<size_t>(rows);
  std::vector<int32_t> targets;
  for (const int32_t token : tokens)
    targets.push_back(
        token >= part.begin && token < part.end() ? static_cast<int32_t>(token - part.begin) : -1);
  const MirroredCopy<int32_t> target(targets, logits.device, stream);
  const TensorView columns = scratch.truncation.reshaped({scratch.truncation.size()})
                                 .rows(0, rows * part.count)
                                 .reshaped({rows, part.count});
  for (int64_t row = 0; row < rows; ++row)
    copy(logits.rows(row, 1).reshaped({logits.shape[1]}).rows(part.begin, part.count),
         columns.rows(row, 1).reshaped({part.count}), stream);
  target_logprobs(columns, target.data(), inverse_temperature, scratch, stream);
  known.assign(3 * count, 0);
  const std::span<double> lse = std::span(known).first(count), logit = std::span(known).last(count);
  read_values(scratch.lse, lse, stream);
  read_values(scratch.logprob, logit, stream);
  for (size_t row = 0; row < count; ++row) logit[row] += lse[row];
}

// Of a vocabulary in parts, joined as training joins them.
void joined_logprobs(const TensorView& logits, int vocab_parts, double inverse_temperature,
                     std::span<const int32_t> tokens, const DrawScratch& scratch,
                     std::span<double> logprobs, Stream stream) {
  std::vector<std::vector<double>> parts(static_cast<size_t>(vocab_parts));
  for (int part = 0; part < vocab_parts; ++part)
    logprobs_of_part(logits, part_of(logits.shape[1], part, vocab_parts), inverse_temperature,
                     tokens, scratch, parts[static_cast<size_t>(part)], stream);
  for (size_t row = 0; row < logprobs.size(); ++row)
    logprobs[row] = static_cast<float>(join_row(parts, row, logprobs.size()).logprob);
}

}  // namespace

Draw::Draw(const TensorView& logits, std::span<const kernels::SamplingRule> rules,
           std::span<const float> uniforms, double inverse_temperature, int vocab_parts,
           const DrawScratch& scratch, Stream stream)
    : logits_(logits),
      inverse_temperature_(inverse_temperature),
      vocab_parts_(vocab_parts),
      scratch_(scratch),
      stream_(stream),
      host_tokens_(rules.size(), -1),
      tokens_(host_tokens_, logits.device, stream) {
  const int64_t rows = logits.shape[0], vocab = logits.shape[1];
  R1_CHECK(logits.dtype == Dtype::kF32 && rows == static_cast<int64_t>(rules.size()) &&
               rules.size() == uniforms.size(),
           "draw: ", rows, " rows of ", to_string(logits.dtype), ", ", rules.size(), " rules");
  const MirroredCopy<kernels::SamplingRule> rule(rules, logits.device, stream);
  const MirroredCopy<float> uniform(uniforms, logits.device, stream);
  const int64_t chunk = scratch.truncation.shape[0];
  on_kernel(logits, [&]<Device D, class T>() {
    if constexpr (std::is_same_v<T, float>)
      for (int64_t row = 0; row < rows; row += chunk)
        kernels::sample_tokens<D>(std::min(chunk, rows - row), vocab,
                                  logits.data<float>() + row * vocab, rule.data() + row,
                                  uniform.data() + row, scratch.truncation.data<float>(),
                                  tokens_.written() + row, stream);
  });
  // Behind the drawing without a wait: what a row without a token gets is not looked at.
  if (vocab_parts == 1)
    target_logprobs(logits, tokens_.data(), inverse_temperature, scratch, stream);
  if (logits.device != Device::kCuda) return;
  token_download_ = std::make_unique<gpu::Download>();
  token_download_->start(tokens_.data(), rows * static_cast<int64_t>(sizeof(int32_t)), stream);
  if (vocab_parts > 1) return;
  logprob_download_ = std::make_unique<gpu::Download>();
  logprob_download_->start(scratch.logprob.bytes, rows * static_cast<int64_t>(sizeof(float)),
                           stream);
}

void Draw::read(std::span<int32_t> tokens, std::span<double> logprobs) {
  const auto rows = static_cast<int64_t>(host_tokens_.size());
  R1_CHECK(tokens.size() == host_tokens_.size() && logprobs.size() == host_tokens_.size(),
           "draw: ", rows, " rows are read as ", tokens.size());
  const auto* found =
      token_download_ ? static_cast<const int32_t*>(token_download_->wait()) : host_tokens_.data();
  std::copy_n(found, rows, tokens.begin());
  if (std::ranges::min(tokens) < 0) return;
  if (vocab_parts_ == 1) {
    const auto* values = logprob_download_ ? static_cast<const float*>(logprob_download_->wait())
                                           : scratch_.logprob.data<float>();
    std::copy_n(values, rows, logprobs.begin());
    return;
  }
  const int64_t chunk = scratch_.truncation.shape[0];
  for (int64_t row = 0; row < rows; row += chunk) {
    const int64_t count = std::min(chunk, rows - row);
    const auto first = static_cast<size_t>(row), size = static_cast<size_t>(count);
    joined_logprobs(logits_.rows(row, count), vocab_parts_, inverse_temperature_,
                    tokens.subspan(first, size), scratch_, logprobs.subspan(first, size), stream_);
  }
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
