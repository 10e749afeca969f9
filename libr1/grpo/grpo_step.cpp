#include "libr1/grpo/grpo_step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "libr1/core/clock.h"
#include "libr1/data/deal.h"
#include "libr1/grpo/advantages.h"

namespace r1 {
namespace {

// Response tokens of each question's samples that are trained on, over the mean number of samples
// of a question: of whole groups, the mean response length. Questions that lost samples weigh as
// others.
std::map<int64_t, double> group_lengths(const std::vector<SampleFacts>& facts,
                                        const std::vector<int64_t>& kept) {
  std::map<int64_t, double> lengths;
  for (const int64_t idx : kept) {
    const SampleFacts& fact = facts[static_cast<size_t>(idx)];
    lengths[fact.question] += static_cast<double>(fact.response_length);
  }
  const double members = static_cast<double>(kept.size()) / static_cast<double>(lengths.size());
  for (auto& [question, length] : lengths) length /= members;
  return lengths;
}

// Same on every rank: where each sample came from does not matter from here on.
bool canonical(const SampleFacts& a, const SampleFacts& b) {
  return a.question != b.question ? a.question < b.question : a.index < b.index;
}

}  // namespace

struct GrpoStep::Member {
  const ScoredSample* scored = nullptr;
  double advantage = 0;
  double group_length = 0;      // of group_lengths()
  std::vector<int32_t> tokens;  // prompt and response
  std::vector<double> old_logprob, reference_logprob;
  double sequence_log_ratio = 0;
};

// This rank's part of one mini-batch, and the counts of the whole.
struct GrpoStep::Batch {
  std::vector<ScoredSample> samples;  // ascending by (question, sample)
  std::vector<Member> members;        // point into samples
  LossScale scale;

  std::vector<TrainSequence> sequences() const {
    std::vector<TrainSequence> result;
    for (const Member& member : members)
      result.push_back({member.tokens, static_cast<int64_t>(member.scored->sample.prompt.size())});
    return result;
  }
};

GrpoStep::GrpoStep(const GrpoConfig& config, const SamplingSettings& sampling, Policy& policy,
                   Policy* reference, ShardedAdamW& optimizer, ProcessGroup& group)
    : config_(config),
      inverse_temperature_(sampling.inverse_temperature()),
      max_new_tokens_(sampling.max_new_tokens),
      policy_(policy),
      reference_(reference),
      optimizer_(optimizer),
      group_(group) {
  R1_CHECK(reference_ || config.kl_coefficient == 0, "the KL term needs a reference policy");
}

GrpoStatistics GrpoStep::run(const std::vector<ScoredSample>& local, const Random& random,
                             int64_t step) {
  GrpoStatistics statistics;
  const std::vector<SampleFacts> facts = gather_facts(local);
  const std::vector<double> advantage = advantages(facts, statistics);
  offending_.clear();
  for (int epoch = 0; epoch < config_.inner_epochs && statistics.finite; ++epoch) {
    const auto order =
        random.permutation(static_cast<int64_t>(facts.size()), static_cast<uint32_t>(step),
                           static_cast<uint32_t>(epoch));
    std::vector<Batch> batches = distribute(local, facts, advantage, order);
    const auto start = Clock::now();
    if (config_.kl_coefficient > 0) score_reference(batches);
    statistics.reference_s += seconds_since(start);
    const auto train_start = Clock::now();
    for (Batch& batch : batches) {
      if (batch.scale.sequences == 0) continue;
      statistics.finite = update(batch, statistics.updates == 0, statistics);
      if (!statistics.finite) break;
      ++statistics.updates;
    }
    statistics.train_s += seconds_since(train_start);
  }
  combine(statistics);
  return statistics;
}

std::vector<SampleFacts> GrpoStep::gather_facts(const std::vector<ScoredSample>& local) const {
  std::vector<SampleFacts> facts;
  for (const std::string& bytes : group_.all_gather(pack_facts(local), "gather rewards"))
    for (const SampleFacts& fact : unpack_facts(bytes)) facts.push_back(fact);
  std::sort(facts.begin(), facts.end(), canonical);
  return facts;
}

std::vector<double> GrpoStep::advantages(const std::vector<SampleFacts>& facts,
                                         GrpoStatistics& statistics) const {
  constexpr double kLeftOut = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> result(facts.size(), kLeftOut);
  for (size_t begin = 0; begin < facts.size();) {
    size_t end = begin;
    std::vector<double> rewards;
    std::vector<uint8_t> counted;
    for (; end < facts.size() && facts[end].question == facts[begin].question; ++end) {
      const SampleFacts& fact = facts[end];
      rewards.push_back(fact.reward + overlong_penalty(fact.response_length, max_new_tokens_,
                                                       config_.overlong_buffer));
      counted.push_back(fact.counted && !(config_.mask_truncated && fact.truncated));
    }
    std::vector<double> group(rewards.size());
    const GroupStatistics of = group_advantages(rewards, counted, config_, group);
    const bool dropped = of.zero_variance && config_.drop_zero_variance_groups;
    for (size_t i = 0; i < group.size(); ++i)
      if (counted[i] && !dropped) result[begin + i] = group[i];
    ++statistics.groups;
    statistics.zero_variance_groups += of.zero_variance;
    statistics.samples += static_cast<int64_t>(group.size());
    begin = end;
  }
  return result;
}

std::vector<GrpoStep::Batch> GrpoStep::distribute(const std::vector<ScoredSample>& local,
                                                  const std::vector<SampleFacts>& facts,
                                                  const std::vector<double>& advantages,
                                                  const std::vector<int64_t>& order) const {
  using Key = std::pair<int64_t, int32_t>;
  std::vector<int64_t> kept;
  for (const int64_t idx : order)
    if (!std::isnan(advantages[static_cast<size_t>(idx)])) kept.push_back(idx);
  const std::map<int64_t, double> group_length = group_lengths(facts, kept);
  std::map<Key, std::pair<size_t, double>> place;  // (mini-batch, advantage) of what comes here
  std::map<Key, int> owner_of;
  std::vector<Batch> batches(static_cast<size_t>(config_.mini_batches_per_rollout));
  const auto split = split_mini_batches(kept, config_.mini_batches_per_rollout);
  for (size_t b = 0; b < split.size(); ++b) {
    std::vector<int64_t> lengths;
    for (const int64_t idx : split[b]) lengths.push_back(facts[static_cast<size_t>(idx)].length);
    const std::vector<int> owners = deal(lengths, group_.size());
    for (size_t i = 0; i < split[b].size(); ++i) {
      const auto idx = static_cast<size_t>(split[b][i]);
      const Key key{facts[idx].question, facts[idx].index};
      batches[b].scale.sequences += 1;
      batches[b].scale.tokens += facts[idx].response_length;
      owner_of[key] = owners[i];
      if (owners[i] == group_.rank()) place[key] = {b, advantages[idx]};
    }
  }
  std::vector<std::vector<const ScoredSample*>> leaving(static_cast<size_t>(group_.size()));
  for (const ScoredSample& scored : local) {
    const auto owner = owner_of.find({scored.sample.question, scored.sample.sample});
    if (owner != owner_of.end()) leaving[static_cast<size_t>(owner->second)].push_back(&scored);
  }
  std::vector<std::string> messages;
  for (const auto& samples : leaving) messages.push_back(pack_samples(samples));
  std::map<Key, ScoredSample> arrived;
  for (const std::string& bytes : group_.exchange(messages, "deal samples for training"))
    for (ScoredSample& scored : unpack_samples(bytes))
      arrived[{scored.sample.question, scored.sample.sample}] = std::move(scored);
  R1_CHECK(arrived.size() == place.size(), "dealing samples: ", arrived.size(), " arrived, ",
           place.size(), " expected");
  for (auto& [key, scored] : arrived)
    batches[place.at(key).first].samples.push_back(std::move(scored));
  for (Batch& batch : batches) {
    for (const ScoredSample& scored : batch.samples) {
      Member& member = batch.members.emplace_back();
      member.scored = &scored;
      member.advantage = place.at({scored.sample.question, scored.sample.sample}).second;
      member.group_length = group_length.at(scored.sample.question);
      member.tokens = scored.sample.prompt;
      member.tokens.insert(member.tokens.end(), scored.sample.tokens.begin(),
                           scored.sample.tokens.end());
      member.old_logprob.assign(scored.sample.logprobs.begin(), scored.sample.logprobs.end());
    }
  }
  return batches;
}

void GrpoStep::score_reference(std::vector<Batch>& batches) const {
  for (Batch& batch : batches) {
    auto logprobs = reference_->logprobs(batch.sequences(), inverse_temperature_);
    for (size_t i = 0; i < batch.members.size(); ++i)
      batch.members[i].reference_logprob = std::move(logprobs[i]);
  }
}

bool GrpoStep::update(Batch& batch, bool policy_unchanged, GrpoStatistics& statistics) {
  const std::vector<TrainSequence> sequences = batch.sequences();
  if (config_.ratio == RatioKind::kSequence) {
    const auto logprobs = policy_.logprobs(sequences, inverse_temperature_);
    for (size_t i = 0; i < batch.members.size(); ++i)
      batch.members[i].sequence_log_ratio =
          mean_log_ratio(logprobs[i], batch.members[i].old_logprob);
  }
  policy_.zero_grads();
  policy_.accumulate(
      sequences, inverse_temperature_,
      [&](size_t sequence, int64_t first, std::span<const double> logprob,
          std::span<const double> entropy, std::span<double> dlogprob) {
        const Member& member = batch.members[sequence];
        const auto from = static_cast<size_t>(first);
        const auto length = static_cast<int64_t>(member.old_logprob.size());
        TokenTerms terms;
        terms.logprob = logprob;
        terms.old_logprob = std::span(member.old_logprob).subspan(from, logprob.size());
        if (config_.kl_coefficient > 0)
          terms.reference_logprob =
              std::span(member.reference_logprob).subspan(from, logprob.size());
        terms.advantage = member.advantage;
        terms.weight = batch.scale.weight(config_, length, member.group_length);
        terms.sequence_log_ratio = member.sequence_log_ratio;
        token_losses(config_, terms, dlogprob, statistics.loss);
        for (size_t t = 0; t < logprob.size(); ++t) {
          statistics.entropy += entropy[t];
          if (policy_unchanged)
            statistics.mismatch =
                std::max(statistics.mismatch, std::abs(logprob[t] - terms.old_logprob[t]));
        }
      },
      [&](int64_t begin, int64_t count) {
        optimizer_.gradients_ready(policy_.grads(), begin, count);
      });
  const ShardedAdamW::Result result = optimizer_.step(policy_.grads());
  if (!result.finite) {
    offending_ = std::move(batch.samples);
    return false;
  }
  policy_.refresh();
  statistics.grad_norm = result.grad_norm;
  statistics.lr = result.lr;
  return true;
}

void GrpoStep::combine(GrpoStatistics& statistics) const {
  LossStatistics& loss = statistics.loss;
  std::vector<double> sums = {loss.loss,  loss.kl,     loss.clipped,
                              loss.ratio, loss.tokens, statistics.entropy};
  group_.all_reduce_sum(sums, "sum loss statistics");
  loss = {sums[0], sums[1], sums[2], sums[3], sums[4]};
  statistics.entropy = sums[5];
  statistics.mismatch = group_.max(statistics.mismatch, "largest log-prob mismatch");
  statistics.reference_s = group_.max(statistics.reference_s, "reference seconds");
  statistics.train_s = group_.max(statistics.train_s, "training seconds");
}

}  // namespace r1
