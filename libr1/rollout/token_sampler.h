// From logits to the next token of each sequence, and whether it was the last.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/ops/sampling.h"
#include "libr1/rollout/sequence.h"
#include "libr1/tensor/arena.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {

struct DrawnToken {
  int32_t token = 0;
  float logprob = 0;  // under the whole distribution, at SamplingSettings::inverse_temperature()
};

// Tokens of some sequences, being drawn, and whose they are.
struct PendingTokens {
  struct Place {
    Sequence* sequence;
    size_t idx;  // of the token in the sequence
  };
  std::vector<Place> places;
  ops::Draw draw;

  // Waits. Throws Fault::kRun on NaN logits, naming the question.
  std::vector<DrawnToken> read();
};

// Of one generate(): the settings and the random numbers of its step.
class TokenSampler {
 public:
  // vocab_parts: of the model's head, see ops::Draw.
  TokenSampler(const SamplingSettings& settings, const Random& random, int64_t step,
               const Tokenizer& tokenizer, int vocab_parts, Stream stream)
      : settings_(settings),
        random_(random),
        step_(step),
        tokenizer_(tokenizer),
        vocab_parts_(vocab_parts),
        stream_(stream) {}

  // Begins to draw one token a sequence from its row of logits [sequences, vocab], f32. Those of
  // prompts are meaningless.
  PendingTokens start(std::span<Sequence* const> sequences, const TensorView& logits,
                      Arena& arena) const;
  // The first tokens of samples of one prompt, from its logits; drawn where the arena is, as the
  // others.
  std::vector<DrawnToken> draw_first(std::span<Sequence* const> sequences, std::span<float> logits,
                                     Arena& arena) const;

  // Whether the last of the tokens `generated` so far ends the sequence, and why.
  std::optional<FinishReason> finished(const Sequence& sequence, std::span<const int32_t> generated,
                                       int64_t max_positions) const;
  // Whether no token follows so many of the sequence, whatever they are.
  bool is_full(const Sequence& sequence, int64_t generated, int64_t max_positions) const;

  static ops::DrawScratch allocate_scratch(int64_t sequences, int64_t vocab, int vocab_parts,
                                           Arena& arena);

 private:
  const SamplingSettings& settings_;
  const Random& random_;
  int64_t step_;
  const Tokenizer& tokenizer_;
  int vocab_parts_;
  Stream stream_;
};

}  // namespace r1
