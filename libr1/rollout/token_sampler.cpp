#include "libr1/rollout/token_sampler.h"

#include <algorithm>

#include "libr1/tensor/transfer.h"

namespace r1 {
namespace {

constexpr int64_t kChunkRows = 32;  // bounds the scratch of truncated sampling
constexpr size_t kTextWindow = 64;  // tokens decoded to look for a stop string

}  // namespace

ops::DrawScratch TokenSampler::allocate_scratch(int64_t sequences, int64_t vocab, Arena& arena) {
  return {arena.allocate({std::min(sequences, kChunkRows), vocab, 2}, Dtype::kF32),
          arena.allocate({sequences}, Dtype::kF32), arena.allocate({sequences}, Dtype::kF32)};
}

std::vector<DrawnToken> TokenSampler::draw(std::span<Sequence* const> sequences,
                                           const TensorView& logits, Arena& arena) const {
  if (sequences.empty()) return {};
  const ArenaScope scope(arena);
  const ops::DrawScratch scratch =
      allocate_scratch(static_cast<int64_t>(sequences.size()), logits.shape[1], arena);
  std::vector<kernels::SamplingRule> rules(sequences.size(), settings_.rule);
  std::vector<float> uniforms;
  for (const Sequence* sequence : sequences)
    uniforms.push_back(random_.uniform(
        static_cast<uint32_t>(step_), static_cast<uint32_t>(sequence->prompt->question),
        static_cast<uint32_t>(sequence->sample), static_cast<uint32_t>(sequence->num_generated())));
  std::vector<int32_t> tokens(sequences.size());
  std::vector<double> logprobs(sequences.size());
  ops::draw_tokens(logits, rules, uniforms, settings_.inverse_temperature(), vocab_parts_, scratch,
                   tokens, logprobs, stream_);
  std::vector<DrawnToken> drawn;
  for (size_t i = 0; i < sequences.size(); ++i) {
    R1_CHECK(tokens[i] >= 0, "the logits of question ", sequences[i]->prompt->question, ", sample ",
             sequences[i]->sample, ", token ", sequences[i]->num_generated(),
             " are not numbers: the model's weights are broken");
    drawn.push_back({tokens[i], static_cast<float>(logprobs[i])});
  }
  return drawn;
}

DrawnToken TokenSampler::draw_first(Sequence& sequence, std::span<float> logits,
                                    Arena& arena) const {
  const ArenaScope scope(arena);
  const auto vocab = static_cast<int64_t>(logits.size());
  const TensorView row = arena.allocate({1, vocab}, Dtype::kF32);
  copy(view_of(logits.data(), {1, vocab}), row, stream_);
  Sequence* const one[] = {&sequence};
  return draw(one, row, arena).front();
}

std::optional<FinishReason> TokenSampler::finished(const Sequence& sequence,
                                                   int64_t max_positions) const {
  const int32_t token = sequence.tokens.back();
  if (std::ranges::find(settings_.stop_tokens, token) != settings_.stop_tokens.end())
    return FinishReason::kStopToken;
  if (!settings_.stop_strings.empty()) {
    const auto generated = static_cast<size_t>(sequence.num_generated());
    const std::string text =
        tokenizer_.decode(std::span(sequence.tokens).last(std::min(generated, kTextWindow)));
    for (const std::string& stop : settings_.stop_strings)
      if (text.find(stop) != text.npos) return FinishReason::kStopString;
  }
  if (sequence.num_generated() >= settings_.max_new_tokens || sequence.length() >= max_positions)
    return FinishReason::kLength;
  return std::nullopt;
}

}  // namespace r1
