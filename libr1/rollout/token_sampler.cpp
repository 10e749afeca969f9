#include "libr1/rollout/token_sampler.h"

#include <algorithm>

#include "libr1/tensor/transfer.h"

namespace r1 {
namespace {

constexpr int64_t kChunkRows = 32;  // bounds the scratch of truncated sampling
constexpr size_t kTextWindow = 64;  // tokens decoded to look for a stop string

}  // namespace

ops::DrawScratch TokenSampler::allocate_scratch(int64_t sequences, int64_t vocab, int vocab_parts,
                                                Arena& arena) {
  const auto values = [&] { return arena.allocate({vocab_parts * sequences}, Dtype::kF32); };
  return {arena.allocate({std::min(sequences, kChunkRows), vocab, 2}, Dtype::kF32), values(),
          values()};
}

PendingTokens TokenSampler::start(std::span<Sequence* const> sequences, const TensorView& logits,
                                  Arena& arena) const {
  const ArenaScope scope(arena);
  const ops::DrawScratch scratch = allocate_scratch(static_cast<int64_t>(sequences.size()),
                                                    logits.shape[1], vocab_parts_, arena);
  const std::vector<kernels::SamplingRule> rules(sequences.size(), settings_.rule);
  std::vector<float> uniforms;
  std::vector<PendingTokens::Place> places;
  for (Sequence* sequence : sequences) {
    uniforms.push_back(random_.uniform(
        static_cast<uint32_t>(step_), static_cast<uint32_t>(sequence->prompt->question),
        static_cast<uint32_t>(sequence->sample), static_cast<uint32_t>(sequence->num_generated())));
    places.push_back({sequence, sequence->tokens.size()});
  }
  return {std::move(places), ops::Draw(logits, rules, uniforms, settings_.inverse_temperature(),
                                       vocab_parts_, scratch, stream_)};
}

std::vector<DrawnToken> PendingTokens::read() {
  std::vector<int32_t> tokens(places.size());
  std::vector<double> logprobs(places.size());
  draw.read(tokens, logprobs);
  std::vector<DrawnToken> drawn;
  for (size_t i = 0; i < places.size(); ++i) {
    const Sequence& sequence = *places[i].sequence;
    R1_CHECK(tokens[i] >= 0, "the logits of question ", sequence.prompt->question, ", sample ",
             sequence.sample, ", token ", places[i].idx - sequence.prompt->tokens.size(),
             " are not numbers: the model's weights are broken");
    drawn.push_back({tokens[i], static_cast<float>(logprobs[i])});
  }
  return drawn;
}

std::vector<DrawnToken> TokenSampler::draw_first(std::span<Sequence* const> sequences,
                                                 std::span<float> logits, Arena& arena) const {
  const ArenaScope scope(arena);
  const auto vocab = static_cast<int64_t>(logits.size());
  const auto count = static_cast<int64_t>(sequences.size());
  const TensorView rows = arena.allocate({count, vocab}, Dtype::kF32);
  copy(view_of(logits.data(), {1, vocab}), rows.rows(0, 1), stream_);
  for (int64_t row = 1; row < count; ++row) copy(rows.rows(0, 1), rows.rows(row, 1), stream_);
  return start(sequences, rows, arena).read();
}

bool TokenSampler::is_full(const Sequence& sequence, int64_t generated,
                           int64_t max_positions) const {
  const auto prompt = static_cast<int64_t>(sequence.prompt->tokens.size());
  return generated >= settings_.max_new_tokens || prompt + generated >= max_positions;
}

std::optional<FinishReason> TokenSampler::finished(const Sequence& sequence,
                                                   std::span<const int32_t> generated,
                                                   int64_t max_positions) const {
  if (std::ranges::find(settings_.stop_tokens, generated.back()) != settings_.stop_tokens.end())
    return FinishReason::kStopToken;
  if (!settings_.stop_strings.empty()) {
    const std::string text =
        tokenizer_.decode(generated.last(std::min(generated.size(), kTextWindow)));
    for (const std::string& stop : settings_.stop_strings)
      if (text.find(stop) != text.npos) return FinishReason::kStopString;
  }
  if (is_full(sequence, static_cast<int64_t>(generated.size()), max_positions))
    return FinishReason::kLength;
  return std::nullopt;
}

}  // namespace r1
