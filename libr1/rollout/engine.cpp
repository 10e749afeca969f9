#include "libr1/rollout/engine.h"

#include <algorithm>
#include <deque>

#include "libr1/ops/elementwise.h"
#include "libr1/rollout/page_pool.h"
#include "libr1/rollout/round.h"
#include "libr1/rollout/sequence.h"
#include "libr1/rollout/token_sampler.h"
#include "libr1/tensor/transfer.h"

namespace r1 {
namespace {

using SequencePtr = std::unique_ptr<Sequence>;

int64_t pages_for(int64_t tokens) { return (tokens + ops::kPageTokens - 1) / ops::kPageTokens; }

void check_limits(const EngineLimits& limits) {
  R1_CHECK_INPUT(limits.max_sequences >= 1 && limits.max_positions >= 2,
                 "rollout: max_sequences and max_positions are ", limits.max_sequences, " and ",
                 limits.max_positions, ", expected at least 1 and 2");
  R1_CHECK_INPUT(limits.max_round_tokens >= limits.max_sequences, "rollout: max_round_tokens ",
                 limits.max_round_tokens, " is less than max_sequences ", limits.max_sequences,
                 "; every sequence needs a row of the round");
  R1_CHECK_INPUT(limits.cache_tokens >= 2 * limits.max_positions + 2 * ops::kPageTokens,
                 "rollout: cache_tokens ", limits.cache_tokens, " is too small, expected at least ",
                 2 * limits.max_positions + 2 * ops::kPageTokens,
                 " (two sequences of max_positions)");
}

}  // namespace

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
  std::vector<SequencePtr> running;               // oldest first
  std::deque<SequencePtr> preempted;              // to come back, oldest first
  std::deque<std::shared_ptr<PromptState>> open;  // prefilled, with samples still to start
  std::optional<RolloutRequest> held;             // asked for, but its prompt did not fit yet
  bool exhausted = false;
  int64_t prompts_of_round = 0;
  std::vector<Sample> samples;

  // What prompts that still have samples to start hold and will become.
  struct Planned {
    int64_t pages = 0;      // of their own tokens
    int64_t sequences = 0;  // samples not started
  };
  Planned planned() const;
  bool has_room_for(int64_t prompt_length) const;

  void admit();
  bool admit_preempted();
  bool start_sample();
  bool start_prompt();
  bool make_room(int64_t pages_needed, const Sequence& for_sequence);
  void release_pages(std::vector<int32_t>& pages);
  void copy_page(int32_t from, int32_t to);
  void add_to(Round& round);
  void after(const Round& round);
  bool append(Sequence& sequence, const DrawnToken& drawn);
  void finish(Sequence& sequence, FinishReason reason);
};

void Engine::State::release_pages(std::vector<int32_t>& pages) {
  for (const int32_t page : pages) pool.release(page);
  pages.clear();
}

void Engine::State::copy_page(int32_t from, int32_t to) {
  for (int64_t i = 0; i < model.config().layers; ++i) {
    const ops::KvLayer layer = cache.layer(i);
    ops::convert(layer.k.rows(from, 1), layer.k.rows(to, 1), {});
    ops::convert(layer.v.rows(from, 1), layer.v.rows(to, 1), {});
  }
}

bool Engine::State::admit_preempted() {
  // All of it must fit, else it would only push others out again.
  if (pool.num_free() < pages_for(preempted.front()->length() + 1)) return false;
  running.push_back(std::move(preempted.front()));
  preempted.pop_front();
  return true;
}

// Begins one sample of the oldest open prompt: its full pages are shared, the last partial one is
// copied.
bool Engine::State::start_sample() {
  if (open.empty() || pool.num_free() < 2) return false;
  PromptState& prompt = *open.front();
  auto sequence = std::make_unique<Sequence>();
  sequence->prompt = open.front();
  sequence->sample = prompt.started++;
  sequence->tokens = prompt.tokens;
  sequence->cached = sequence->length();
  sequence->pages = prompt.pages;
  for (const int32_t page : sequence->pages) pool.share(page);
  if (sequence->length() % ops::kPageTokens != 0) {
    const int32_t own = pool.take();
    copy_page(sequence->pages.back(), own);
    pool.release(sequence->pages.back());
    sequence->pages.back() = own;
  }
  const DrawnToken drawn = sampler->draw_first(*sequence, prompt.logits, memory.arena);
  if (prompt.started == settings->num_samples) {
    release_pages(prompt.pages);
    open.pop_front();
  }
  if (append(*sequence, drawn)) running.push_back(std::move(sequence));
  return true;
}

Engine::State::Planned Engine::State::planned() const {
  Planned sum;
  for (const auto& prompt : open) {
    sum.pages += static_cast<int64_t>(prompt->pages.size());
    sum.sequences += settings->num_samples - prompt->started;
  }
  const auto add_prefilling = [&](const SequencePtr& sequence) {
    if (!sequence->is_prompt()) return;
    sum.pages += pages_for(sequence->length());
    sum.sequences += settings->num_samples;
  };
  for (const SequencePtr& sequence : running) add_prefilling(sequence);
  for (const SequencePtr& sequence : preempted) add_prefilling(sequence);
  return sum;
}

// A waiting prompt keeps its pages, so several may wait only while the longest sequence fits beside
// them: then something can always run.
bool Engine::State::has_room_for(int64_t prompt_length) const {
  const int64_t pages = pages_for(prompt_length);
  if (pool.num_free() < pages + 2) return false;
  const Planned waiting = planned();
  if (waiting.sequences == 0) return true;
  return static_cast<int64_t>(running.size()) + waiting.sequences < limits.max_sequences &&
         waiting.pages + pages + pages_for(limits.max_positions) + 2 <= pool.num_pages();
}

bool Engine::State::start_prompt() {
  // A quarter of a full batch at a time, so that ranks that share a queue share its questions.
  const int64_t share = limits.max_sequences / settings->num_samples / 4;
  if (prompts_of_round >= std::max<int64_t>(1, share)) return false;
  if (!held && !exhausted && has_room_for(1)) {
    held = (*next)();
    exhausted = !held;
  }
  if (!held) return false;
  const auto length = static_cast<int64_t>(held->prompt.size());
  R1_CHECK_INPUT(length >= 1 && length < limits.max_positions, "the prompt of question ",
                 held->question, " has ", length, " tokens; max_positions is ",
                 limits.max_positions, " and a response needs at least one");
  if (!has_room_for(length)) return false;
  auto sequence = std::make_unique<Sequence>();
  sequence->prompt = std::make_shared<PromptState>();
  sequence->prompt->question = held->question;
  sequence->prompt->tokens = std::move(held->prompt);
  sequence->tokens = sequence->prompt->tokens;
  held.reset();
  running.push_back(std::move(sequence));
  ++prompts_of_round;
  return true;
}

// Those that were pushed out come back before anything new begins.
void Engine::State::admit() {
  prompts_of_round = 0;
  while (static_cast<int64_t>(running.size()) < limits.max_sequences)
    if (preempted.empty() ? !start_sample() && !start_prompt() : !admit_preempted()) break;
  statistics.peak_sequences =
      std::max(statistics.peak_sequences, static_cast<int64_t>(running.size()));
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
    const int64_t others = static_cast<int64_t>(running.size() - i) - 1;  // keep a row for each
    const int64_t rows = std::min(sequence.pending(), round.rows_left() - others);
    if (rows <= 0) continue;
    const int64_t needed =
        pages_for(sequence.cached + rows) - static_cast<int64_t>(sequence.pages.size());
    if (!make_room(needed, sequence)) continue;
    for (int64_t page = 0; page < needed; ++page) sequence.pages.push_back(pool.take());
    round.add(sequence, rows);
    if (sequence.is_prompt() || sequence.num_generated() == 0) statistics.prefilled_tokens += rows;
  }
}

// Samples a token for each complete sequence; finished ones leave.
void Engine::State::after(const Round& round) {
  const auto drawn = sampler->draw(round.complete(), round.logits(), memory.arena);
  for (size_t i = 0; i < round.complete().size(); ++i) {
    Sequence& sequence = *round.complete()[i];
    if (sequence.is_prompt()) {
      std::vector<float>& logits = sequence.prompt->logits;
      logits.resize(static_cast<size_t>(round.logits().shape[1]));
      copy(round.logits().rows(static_cast<int64_t>(i), 1),
           view_of(logits.data(), {1, round.logits().shape[1]}), stream);
      sequence.prompt->pages = std::move(sequence.pages);
      open.push_back(sequence.prompt);
      sequence.tokens.clear();
    } else if (!append(sequence, drawn[i])) {
      sequence.tokens.clear();
    }
  }
  std::erase_if(running, [](const SequencePtr& s) { return s->tokens.empty(); });
}

// False when the sequence is finished by the token.
bool Engine::State::append(Sequence& sequence, const DrawnToken& drawn) {
  sequence.tokens.push_back(drawn.token);
  sequence.logprobs.push_back(drawn.logprob);
  ++statistics.generated_tokens;
  auto reason = sampler->finished(sequence, limits.max_positions);
  const bool go_on =
      !*on_token || (*on_token)(sequence.prompt->question, sequence.sample, drawn.token);
  if (!reason && !go_on) reason = FinishReason::kInterrupted;
  if (reason) finish(sequence, *reason);
  return !reason;
}

void Engine::State::finish(Sequence& sequence, FinishReason reason) {
  const std::vector<int32_t>& prompt = sequence.prompt->tokens;
  samples.push_back(
      {sequence.prompt->question,
       sequence.sample,
       reason,
       prompt,
       {sequence.tokens.begin() + static_cast<int64_t>(prompt.size()), sequence.tokens.end()},
       std::move(sequence.logprobs)});
  release_pages(sequence.pages);
}

Engine::Engine(const Transformer& model, const Tokenizer& tokenizer, const EngineLimits& limits) {
  check_limits(limits);
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
    if (s.running.empty()) break;
    const ArenaScope scope(s.memory.arena);
    Round round(s.limits.max_round_tokens);
    s.add_to(round);
    round.run(s.model, s.cache, s.memory, s.stream);
    ++s.statistics.rounds;
    s.after(round);
  }
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

Engine::Memory Engine::memory(const ModelConfig& config, Dtype dtype, Device device,
                              const EngineLimits& limits) {
  check_limits(limits);
  const ModelWeights weights(config, dtype, Device::kMeta);
  return {pages_for(limits.cache_tokens) * config.layers * KvPages::page_bytes(config, dtype),
          Round::arena_bytes(Transformer(weights, 1, {}), limits) +
              Transformer::decode_scratch_bytes(device)};
}

}  // namespace r1
