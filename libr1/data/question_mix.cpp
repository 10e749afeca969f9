#include "libr1/data/question_mix.h"
#include "libr1/data/run_path.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr const char* kTaken = "questions/";

template <class T>
T entry_or(const std::vector<T>& values, size_t idx, T otherwise) {
  return values.empty() ? otherwise : values[idx];
}

std::vector<int64_t> usable_of(const QuestionSet& set, const ResponseRoom& room,
                               const QuestionMix::PromptTokens& prompt_tokens) {
  std::vector<int64_t> usable;
  int64_t shortest = std::numeric_limits<int64_t>::max();
  for (int64_t i = 0; i < set.size(); ++i) {
    const int64_t tokens = prompt_tokens(set[i]);
    shortest = std::min(shortest, tokens);
    if (room.fits(tokens)) usable.push_back(i);
  }
  R1_CHECK_INPUT(!usable.empty(), set.path(), ": the shortest prompt, of ", shortest,
                 " tokens, leaves no room for rollout.max_new_tokens ", room.max_new_tokens,
                 " within compute.max_positions ", room.max_positions,
                 "; raise it, or lower rollout.max_new_tokens");
  return usable;
}

}  // namespace

void QuestionMixConfig::check() const {
  const size_t count = sets.size();
  R1_CHECK_INPUT(count > 0, "sets is empty: nothing to train on");
  named_files(sets, "sets", "");
  const auto expect_each = [&](const char* key, size_t entries) {
    R1_CHECK_INPUT(entries == 0 || entries == count, key, " has ", entries, " entries, sets has ",
                   count);
  };
  expect_each("weights", weights.size());
  expect_each("from_step", from_step.size());
  bool at_start = false;
  for (size_t i = 0; i < count; ++i) {
    const double weight = entry_or(weights, i, 1.0);
    R1_CHECK_INPUT(weight >= 0, "weights: found ", weight, ", expected at least 0");
    at_start = at_start || (weight > 0 && entry_or(from_step, i, int64_t{0}) == 0);
  }
  R1_CHECK_INPUT(at_start, "no domain of weight above 0 is there from step 0");
}

QuestionMix::QuestionMix(const QuestionMixConfig& config, const std::string& run_dir, uint64_t seed,
                         const ResponseRoom& room, const PromptTokens& prompt_tokens)
    : random_(seed, "domains") {
  config.check();
  const std::vector<NamedFile> files = named_files(config.sets, "questions.sets", run_dir);
  for (size_t i = 0; i < files.size(); ++i) {
    const auto& [name, path] = files[i];
    QuestionSet set(path);
    auto usable = usable_of(set, room, prompt_tokens);
    left_out_ += set.size() - static_cast<int64_t>(usable.size());
    ShuffledCursor cursor(static_cast<int64_t>(usable.size()), seed, "questions " + name);
    domains_.push_back({name, std::move(set), std::move(usable), std::move(cursor),
                        entry_or(config.weights, i, 1.0),
                        entry_or(config.from_step, i, int64_t{0})});
  }
}

const Question& QuestionMix::next(int64_t step) {
  double total = 0;
  for (const Domain& domain : domains_)
    if (domain.from_step <= step) total += domain.weight;
  double draw = total * static_cast<double>(random_.uniform(static_cast<uint32_t>(places_),
                                                            static_cast<uint32_t>(places_ >> 32)));
  ++places_;
  Domain* chosen = nullptr;
  for (Domain& domain : domains_) {
    if (domain.from_step > step || domain.weight == 0) continue;
    chosen = &domain;
    if (draw < domain.weight) break;
    draw -= domain.weight;
  }
  return chosen->set[chosen->usable[static_cast<size_t>(chosen->cursor.next())]];
}

int64_t QuestionMix::size() const {
  return std::accumulate(domains_.begin(), domains_.end(), int64_t{0},
                         [](int64_t sum, const Domain& domain) {
                           return sum + static_cast<int64_t>(domain.usable.size());
                         });
}

std::vector<const QuestionSet*> QuestionMix::sets() const {
  std::vector<const QuestionSet*> sets;
  for (const Domain& domain : domains_) sets.push_back(&domain.set);
  return sets;
}

int64_t QuestionMix::left_out() const { return left_out_; }

Counters QuestionMix::taken() const {
  Counters counters{{kTaken, places_}};
  for (const Domain& domain : domains_) counters[kTaken + domain.name] = domain.cursor.taken();
  return counters;
}

void QuestionMix::restore(const Counters& counters) {
  places_ = counter(counters, kTaken, "the checkpoint");
  for (Domain& domain : domains_) {
    const auto found = counters.find(kTaken + domain.name);
    if (found != counters.end()) domain.cursor.restore(found->second);
  }
}

}  // namespace r1
