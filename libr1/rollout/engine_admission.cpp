// Which sequences run: prompts, samples of prompts that are prefilled, and those that had to make
// way.
#include <algorithm>

#include "libr1/ops/elementwise.h"
#include "libr1/rollout/engine_state.h"

namespace r1 {

void Engine::State::copy_page(int32_t from, int32_t to) {
  for (int64_t i = 0; i < model.config().layers; ++i) {
    const ops::KvLayer layer = cache.layer(i);
    ops::convert(layer.k.rows(from, 1), layer.k.rows(to, 1), stream);
    ops::convert(layer.v.rows(from, 1), layer.v.rows(to, 1), stream);
  }
}

bool Engine::State::admit_preempted() {
  // All of it must fit, else it would only push others out again.
  if (pool.num_free() < pages_for(preempted.front()->length() + 1)) return false;
  running.push_back(std::move(preempted.front()));
  preempted.pop_front();
  return true;
}

// Begins samples of the oldest open prompt, as many as there is room for: its full pages are
// shared, the last partial one is copied.
bool Engine::State::start_samples() {
  if (open.empty()) return false;
  PromptState& prompt = *open.front();
  const int64_t room = limits.max_sequences - static_cast<int64_t>(running.size());
  std::vector<SequencePtr> started;
  while (std::ssize(started) < room && prompt.started < settings->num_samples &&
         pool.num_free() >= 2) {
    SequencePtr& sequence = started.emplace_back(std::make_unique<Sequence>());
    sequence->prompt = open.front();
    sequence->sample = prompt.started++;
    sequence->tokens = prompt.tokens;
    sequence->cached = sequence->length();
    sequence->pages = prompt.pages;
    for (const int32_t page : sequence->pages) pool.share(page);
    if (sequence->length() % ops::kPageTokens == 0) continue;
    const int32_t own = pool.take();
    copy_page(sequence->pages.back(), own);
    pool.release(sequence->pages.back());
    sequence->pages.back() = own;
  }
  if (started.empty()) return false;
  std::vector<Sequence*> sequences;
  for (const SequencePtr& sequence : started) sequences.push_back(sequence.get());
  const auto drawn = sampler->draw_first(sequences, prompt.logits, memory.arena);
  if (prompt.started == settings->num_samples) {
    release_pages(prompt.pages);
    open.pop_front();
  }
  for (size_t i = 0; i < started.size(); ++i) {
    started[i]->tokens.push_back(Sequence::kUnknown);
    set_token(*started[i], started[i]->tokens.size() - 1, drawn[i]);
    if (!started[i]->finished) running.push_back(std::move(started[i]));
  }
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
    if (preempted.empty() ? !start_samples() && !start_prompt() : !admit_preempted()) break;
  statistics.peak_sequences =
      std::max(statistics.peak_sequences, static_cast<int64_t>(running.size()));
}

}  // namespace r1
