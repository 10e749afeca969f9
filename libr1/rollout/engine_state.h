// What an engine holds, and the parts of generate().
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "libr1/rollout/engine.h"
#include "libr1/rollout/page_pool.h"
#include "libr1/rollout/round.h"
#include "libr1/rollout/sequence.h"
#include "libr1/rollout/token_sampler.h"

namespace r1 {

inline int64_t pages_for(int64_t tokens) {
  return (tokens + ops::kPageTokens - 1) / ops::kPageTokens;
}

struct Engine::State {
  State(const Transformer& transformer, const Tokenizer& tok, const EngineLimits& limit)
      : model(transformer),
        tokenizer(tok),
        limits(limit),
        stream(transformer.stream()),
        cache(transformer.config(), transformer.config().layers, pages_for(limit.cache_tokens),
              transformer.weights().dtype(), transformer.weights().device()),
        pool(pages_for(limit.cache_tokens)),
        memory{
            Arena(Round::arena_bytes(transformer, limit), transformer.weights().device()), {}, {}} {
  }

  const Transformer& model;
  const Tokenizer& tokenizer;
  EngineLimits limits;
  Stream stream;
  KvPages cache;
  PagePool pool;
  RoundMemory memory;
  RolloutStatistics statistics;

  // Of one generate().
  const SamplingSettings* settings = nullptr;
  const NextRequest* next = nullptr;
  const OnToken* on_token = nullptr;
  TokenSampler* sampler = nullptr;
  // On a GPU the round after is given to it before the tokens of a round are read: those that go
  // on, go on from tokens that only the GPU knows. A sequence whose last token is then found to
  // have been its end has a row too many in the round after, which is not looked at.
  std::optional<PendingTokens> pending;           // of the round before
  std::vector<SequencePtr> leaving;               // finished, with a row in the round after
  std::vector<SequencePtr> running;               // oldest first
  std::deque<SequencePtr> preempted;              // to come back, oldest first
  std::deque<std::shared_ptr<PromptState>> open;  // prefilled, with samples still to start
  std::optional<RolloutRequest> held;             // asked for, but its prompt did not fit yet
  bool exhausted = false;
  int64_t prompts_of_round = 0;
  std::vector<Sample> samples;

  // engine_admission.cpp: who runs.
  // What prompts that still have samples to start hold and will become.
  struct Planned {
    int64_t pages = 0;      // of their own tokens
    int64_t sequences = 0;  // samples not started
  };
  Planned planned() const;
  bool has_room_for(int64_t prompt_length) const;
  void admit();
  bool admit_preempted();
  bool start_samples();
  bool start_prompt();
  void copy_page(int32_t from, int32_t to);

  // engine.cpp: what they compute.
  void run_round();
  void add_to(Round& round);
  bool make_room(int64_t pages_needed, const Sequence& for_sequence);
  void start_drawing(const Round& round);
  void open_prompts(const Round& round);
  void read_tokens(std::optional<PendingTokens> drawn);
  void set_token(Sequence& sequence, size_t idx, const DrawnToken& drawn);
  void finish(Sequence& sequence, size_t length, FinishReason reason);
  void release_pages(std::vector<int32_t>& pages);
  bool overlaps() const { return model.weights().device() == Device::kCuda; }
};

}  // namespace r1
