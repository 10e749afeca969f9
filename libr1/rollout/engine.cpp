#include "libr1/rollout/engine.h"

#include <algorithm>
#include <utility>

#include "libr1/rollout/engine_state.h"
#include "libr1/tensor/transfer.h"

namespace r1 {

void EngineLimits::check() const {
  R1_CHECK_INPUT(max_sequences >= 1 && max_positions >= 2,
                 "rollout: max_sequences and max_positions are ", max_sequences, " and ",
                 max_positions, ", expected at least 1 and 2");
  R1_CHECK_INPUT(max_round_tokens >= max_sequences, "rollout: max_round_tokens ", max_round_tokens,
                 " is less than max_sequences ", max_sequences,
                 "; every sequence needs a row of the round");
  R1_CHECK_INPUT(cache_tokens >= 2 * max_positions + 2 * ops::kPageTokens, "rollout: cache_tokens ",
                 cache_tokens, " is too small, expected at least ",
                 2 * max_positions + 2 * ops::kPageTokens, " (two sequences of max_positions)");
}

void Engine::State::release_pages(std::vector<int32_t>& pages) {
  for (const int32_t page : pages) pool.release(page);
  pages.clear();
}

// Frees pages by preempting the youngest samples, never an older one than `for_sequence`.
bool Engine::State::make_room(int64_t pages_needed, const Sequence& for_sequence) {
  while (pool.num_free() < pages_needed) {
    Sequence& youngest = *running.back();
    if (&youngest == &for_sequence) return false;
    release_pages(youngest.pages);
    youngest.cached = 0;
    ++statistics.preemptions;
    preempted.push_front(std::move(running.back()));
    running.pop_back();
  }
  return true;
}

// Gives every running sequence its rows, oldest first, as far as rows and pages reach.
void Engine::State::add_to(Round& round) {
  for (size_t i = 0; i < running.size(); ++i) {
    Sequence& sequence = *running[i];
    if (!sequence.is_prompt() &&
        sampler->is_full(sequence, sequence.num_generated(), limits.max_positions))
      continue;  // its last token is being drawn
    const int64_t others = static_cast<int64_t>(running.size() - i) - 1;  // keep a row for each
    const int64_t rows = std::min(sequence.pending(), round.rows_left() - others);
    if (rows <= 0) continue;
    const int64_t needed =
        pages_for(sequence.cached + rows) - static_cast<int64_t>(sequence.pages.size());
    if (!make_room(needed, sequence)) continue;
    for (int64_t page = 0; page < needed; ++page) sequence.pages.push_back(pool.take());
    round.add(sequence, rows);
  }
}

// The tokens of the round before are read while the GPU computes this one.
void Engine::State::run_round() {
  const ArenaScope scope(memory.arena);
  // Those that left in the round before had their last row in it: its tokens are read here.
  const std::vector<SequencePtr> gone = std::exchange(leaving, {});
  Round round(limits.max_round_tokens);
  add_to(round);
  std::optional<PendingTokens> before = std::exchange(pending, std::nullopt);
  if (round.is_empty()) {
    R1_CHECK(before, "a rollout round has no rows: the cache is too small for one sequence");
    return read_tokens(std::move(before));
  }
  round.run(model, cache, memory, before ? &*before : nullptr, stream);
  start_drawing(round);
  read_tokens(std::move(before));
  const bool opens = std::ranges::any_of(round.complete(), &Sequence::is_prompt);
  if (opens || !overlaps()) read_tokens(std::exchange(pending, std::nullopt));
  if (opens) open_prompts(round);
}

void Engine::State::start_drawing(const Round& round) {
  if (round.complete().empty()) return;
  pending = sampler->start(round.complete(), round.logits(), memory.arena);
  for (size_t i = 0; i < round.complete().size(); ++i) {
    Sequence& sequence = *round.complete()[i];
    if (sequence.is_prompt()) continue;
    sequence.tokens.push_back(Sequence::kUnknown);
    sequence.drawn_row = static_cast<int32_t>(i);
  }
}

// Prompts that the round has completed: their samples may start.
void Engine::State::open_prompts(const Round& round) {
  for (size_t i = 0; i < round.complete().size(); ++i) {
    Sequence& sequence = *round.complete()[i];
    if (!sequence.is_prompt()) continue;
    std::vector<float>& logits = sequence.prompt->logits;
    logits.resize(static_cast<size_t>(round.logits().shape[1]));
    copy(round.logits().rows(static_cast<int64_t>(i), 1),
         view_of(logits.data(), {1, round.logits().shape[1]}), stream);
    sequence.prompt->pages = std::move(sequence.pages);
    open.push_back(sequence.prompt);
    sequence.finished = true;
  }
  std::erase_if(running, [](const SequencePtr& s) { return s->finished; });
}

// Finished sequences leave.
void Engine::State::read_tokens(std::optional<PendingTokens> drawn) {
  if (!drawn) return;
  const auto tokens = drawn->read();
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto& [sequence, idx] = drawn->places[i];
    if (sequence->is_prompt()) continue;
    if (sequence->finished)
      ++statistics.discarded_tokens;
    else
      set_token(*sequence, idx, tokens[i]);
  }
  const auto leave = [&](auto& sequences) {
    for (SequencePtr& sequence : sequences)
      if (sequence->finished) leaving.push_back(std::move(sequence));
    std::erase(sequences, nullptr);
  };
  leave(running);
  leave(preempted);
}

// The token at `idx` is known from now on; the sequence may be finished by it.
void Engine::State::set_token(Sequence& sequence, size_t idx, const DrawnToken& drawn) {
  sequence.tokens[idx] = drawn.token;
  sequence.logprobs.push_back(drawn.logprob);
  ++statistics.generated_tokens;
  const auto known = std::span(sequence.tokens).first(idx + 1);
  auto reason = sampler->finished(sequence, known.subspan(sequence.prompt->tokens.size()),
                                  limits.max_positions);
  const bool go_on =
      !*on_token || (*on_token)(sequence.prompt->question, sequence.sample, drawn.token);
  if (!reason && !go_on) reason = FinishReason::kInterrupted;
  if (reason) finish(sequence, idx + 1, *reason);
}

// With the first `length` of its tokens.
void Engine::State::finish(Sequence& sequence, size_t length, FinishReason reason) {
  const std::vector<int32_t>& prompt = sequence.prompt->tokens;
  samples.push_back({sequence.prompt->question,
                     sequence.sample,
                     reason,
                     prompt,
                     {sequence.tokens.begin() + static_cast<int64_t>(prompt.size()),
                      sequence.tokens.begin() + static_cast<int64_t>(length)},
                     std::move(sequence.logprobs)});
  release_pages(sequence.pages);
  sequence.finished = true;
}

Engine::Engine(const Transformer& model, const Tokenizer& tokenizer, const EngineLimits& limits) {
  limits.check();
  R1_CHECK_INPUT(limits.max_positions <= model.max_positions(), "rollout: max_positions ",
                 limits.max_positions, " is more than the model's, ", model.max_positions());
  state_ = std::make_unique<State>(model, tokenizer, limits);
}

Engine::~Engine() = default;

std::vector<Sample> Engine::generate(const NextRequest& next, const SamplingSettings& settings,
                                     const Random& random, int64_t step, const OnToken& on_token) {
  State& s = *state_;
  TokenSampler sampler(settings, random, step, s.tokenizer, s.model.weights().tp().size(),
                       s.stream);
  s.settings = &settings;
  s.next = &next;
  s.on_token = &on_token;
  s.sampler = &sampler;
  s.exhausted = false;
  s.statistics = {};
  const int64_t replays_before = s.memory.graphs.replays();
  for (;;) {
    s.admit();
    if (s.running.empty() && !s.pending) break;
    s.run_round();
  }
  s.leaving.clear();
  s.statistics.replayed_rounds = s.memory.graphs.replays() - replays_before;
  R1_CHECK(s.pool.num_free() == s.pool.num_pages(),
           "the engine lost cache pages: ", s.pool.num_free(), " of ", s.pool.num_pages(),
           " are free after a rollout");
  std::sort(s.samples.begin(), s.samples.end(), [](const Sample& a, const Sample& b) {
    return std::pair(a.question, a.sample) < std::pair(b.question, b.sample);
  });
  return std::move(s.samples);
}

const RolloutStatistics& Engine::statistics() const { return state_->statistics; }

Engine::Memory Engine::memory(const ModelConfig& whole, Dtype dtype, Device device,
                              const EngineLimits& limits, int tp_size) {
  limits.check();
  const ModelWeights weights(whole, dtype, Device::kMeta, TensorParallel::planned(tp_size));
  const ModelConfig& part = weights.config();
  return {pages_for(limits.cache_tokens) * part.layers * KvPages::page_bytes(part, dtype),
          Round::arena_bytes(Transformer(weights, 1, {}), limits) +
              Transformer::decode_scratch_bytes(device)};
}

}  // namespace r1
