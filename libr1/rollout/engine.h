// Generation by continuous batching over a paged cache, in the process and with the weights of
// training. Every sequence is (tokens known, tokens cached); a round runs the model over what is
// known but not cached, of as many sequences as fit, and samples one token for each that is
// complete. Prefill, decode and the return of a preempted sequence are all that same round.
//
// The samples of a question share the pages of its prompt. When pages run out the youngest
// sequence gives its own back and is computed again later, to the same bits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/model/transformer.h"
#include "libr1/rollout/sample.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {

struct EngineLimits {
  int64_t max_sequences = 256;      // decoded side by side
  int64_t cache_tokens = 65536;     // capacity of the paged cache
  int64_t max_round_tokens = 2048;  // rows of one forward pass; at least max_sequences
  int64_t max_positions = 4096;     // longest prompt + response

  void check() const;  // Fault::kInput when they do not go together
};

struct RolloutStatistics {
  int64_t generated_tokens = 0;
  int64_t replayed_rounds = 0;   // by RoundGraphs: on a GPU
  int64_t discarded_tokens = 0;  // drawn behind the end of a sample: on a GPU
  int64_t preemptions = 0;
  int64_t peak_sequences = 0;
};

class Engine {
 public:
  // Works on the model's stream. The model outlives the engine; its weights may change between
  // calls of generate().
  Engine(const Transformer& model, const Tokenizer& tokenizer, const EngineLimits& limits);
  ~Engine();

  // Asked for work whenever there is room; nothing means there is no more.
  using NextRequest = std::function<std::optional<RolloutRequest>()>;

  // Told each token as it is drawn, the one that ends a sample included; a sample's tokens come in
  // order, each once. False ends the sample there, as FinishReason::kInterrupted. Must not throw.
  using OnToken = std::function<bool(int64_t question, int32_t sample, int32_t token)>;

  // Draws settings.num_samples responses to every request. Token t of sample s of question q uses
  // the random number (step, q, s, t) of `random`, whatever else is in flight. In order of
  // (question, sample). Throws Fault::kInput for a prompt that leaves no room for a response.
  std::vector<Sample> generate(const NextRequest& next, const SamplingSettings& settings,
                               const Random& random, int64_t step,
                               const OnToken& on_token = nullptr);

  const RolloutStatistics& statistics() const;  // of the last generate()

  // What an engine takes, in bytes, on a rank where tp_size share the model; without making one.
  struct Memory {
    int64_t cache = 0, activations = 0;
  };
  static Memory memory(const ModelConfig& whole, Dtype dtype, Device device,
                       const EngineLimits& limits, int tp_size = 1);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace r1
