// A rollout without tokens: who runs what, round by round, in as many leaps as sequences end.
#include <algorithm>
#include <functional>
#include <queue>

#include "stages/tools/plan_time.h"

namespace r1 {
namespace {

// What all ranks share: prompts not yet begun, as the lengths of their responses.
struct PromptQueue {
  std::span<const int64_t> lengths;
  int64_t samples;
  size_t next = 0;

  bool empty() const { return next >= lengths.size(); }
  std::span<const int64_t> take() {
    const auto count = std::min(static_cast<size_t>(samples), lengths.size() - next);
    next += count;
    return lengths.subspan(next - count, count);
  }
};

class SimulatedRank {
 public:
  SimulatedRank(const JobWork& work, const RankTime& time) : work_(work), time_(time) {}

  double clock() const { return clock_; }
  double slow_s() const { return slow_s_; }

  // Takes what there is room for, and runs to the end of its next sequence; one round only while
  // more could be taken. False: nothing to do.
  bool advance(PromptQueue& queue) {
    admit(queue);
    if (ends_.empty()) return false;
    const auto n = static_cast<double>(ends_.size());
    peak_ = std::max(peak_, n);
    const bool filling = !queue.empty() && has_room();
    const int64_t rounds = filling ? 1 : ends_.top().round - round_;
    const double seconds = time_.decode(static_cast<double>(rounds), n, context_);
    if (n < peak_ / 2) slow_s_ += seconds;
    clock_ += seconds;
    round_ += rounds;
    context_ += n * static_cast<double>(rounds);
    while (!ends_.empty() && ends_.top().round <= round_) {
      context_ -= work_.prompt_tokens + static_cast<double>(ends_.top().length);
      ends_.pop();
    }
    return true;
  }

 private:
  struct End {
    int64_t round, length;
    bool operator>(const End& other) const { return round > other.round; }
  };

  // A whole group, and a cache for what runs already and will grow.
  bool has_room() const {
    const auto running = static_cast<int64_t>(ends_.size());
    const double grown =
        context_ + static_cast<double>(running + work_.samples) * (work_.response_tokens / 2);
    return running + work_.samples <= std::max(work_.engine.max_sequences, work_.samples) &&
           (running == 0 ||
            grown + work_.prompt_tokens <= static_cast<double>(work_.engine.cache_tokens));
  }

  void admit(PromptQueue& queue) {
    const int64_t share =
        std::max<int64_t>(1, work_.engine.max_sequences / std::max<int64_t>(1, work_.samples) / 4);
    for (int64_t i = 0; i < share && !queue.empty() && has_room(); ++i) {
      clock_ += time_.score(work_.prompt_tokens, 1, work_.prompt_tokens);
      for (const int64_t length : queue.take()) {
        ends_.push({round_ + length, length});
        context_ += work_.prompt_tokens;
      }
    }
  }

  const JobWork& work_;
  const RankTime& time_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  int64_t round_ = 0;
  double clock_ = 0, context_ = 0, peak_ = 0, slow_s_ = 0;
};

}  // namespace

RolloutTime simulate_rollout(const JobWork& work, const ClusterConfig& cluster,
                             std::span<const int64_t> lengths) {
  const RankTime time(work.model, work.compute, cluster.rates, work.mesh.tp);
  std::vector<SimulatedRank> ranks(static_cast<size_t>(ranks_along_dp(work, cluster)),
                                   {work, time});
  PromptQueue queue{lengths, work.samples};
  using Turn = std::pair<double, size_t>;  // clock, rank: the earliest goes first
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (size_t r = 0; r < ranks.size(); ++r) turns.emplace(0.0, r);
  while (!turns.empty()) {
    const size_t r = turns.top().second;
    turns.pop();
    if (ranks[r].advance(queue)) turns.emplace(ranks[r].clock(), r);
  }
  RolloutTime result;
  double busy = 0, slow = 0;
  for (const SimulatedRank& rank : ranks) {
    result.seconds = std::max(result.seconds, rank.clock());
    busy += rank.clock();
    slow += rank.slow_s();
  }
  result.idle = 1 - busy / (result.seconds * static_cast<double>(ranks.size()));
  result.last_wave = busy > 0 ? slow / busy : 0;
  return result;
}

}  // namespace r1
