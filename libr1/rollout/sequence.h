// A sequence in the engine, and the prompt that several of them share.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "libr1/rollout/sample.h"

namespace r1 {

// The prompt of a question: prefilled once, then the start of all its samples.
struct PromptState {
  int64_t question = 0;
  std::vector<int32_t> tokens;
  std::vector<int32_t> pages;  // this state is one user of each
  std::vector<float> logits;   // [vocab] after the last token, once prefilled
  int32_t started = 0;         // samples begun
};

struct Sequence {
  std::shared_ptr<PromptState> prompt;
  int32_t sample = -1;  // -1: the prompt itself, being prefilled
  // The last may be kUnknown: a GPU is drawing it, in row `drawn_row` of its batch, and can go on
  // from it before the host knows it.
  static constexpr int32_t kUnknown = -1;
  std::vector<int32_t> tokens;
  std::vector<float> logprobs;  // of those that are known
  int32_t drawn_row = -1;
  bool finished = false;
  int64_t cached = 0;          // tokens whose keys and values are in the pages
  std::vector<int32_t> pages;  // this sequence is one user of each

  bool is_prompt() const { return sample < 0; }
  int64_t length() const { return static_cast<int64_t>(tokens.size()); }
  int64_t pending() const { return length() - cached; }
  int64_t num_generated() const { return length() - static_cast<int64_t>(prompt->tokens.size()); }
};
using SequencePtr = std::unique_ptr<Sequence>;

}  // namespace r1
