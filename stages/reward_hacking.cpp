#include "stages/reward_hacking.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr const char* kTrendOfLength = "length";
constexpr const char* kTrendOfRepetition = "repetition";
constexpr const char* kTrendOfAccuracy = "accuracy";
constexpr const char* kTrendOfScore = "score";
constexpr const char* kDetectors[] = {kTrendOfLength, kTrendOfRepetition, kTrendOfAccuracy};

// A level is never infinite, as when accuracy was the same on all questions.
constexpr double kHighest = 1000;

// Counters are integers; these are the bits of doubles.
int64_t bits_of(double value) { return std::bit_cast<int64_t>(value); }
double value_of(int64_t bits) { return std::bit_cast<double>(bits); }

const std::string kPrefix = "hacking/";

}  // namespace

void RewardHackingConfig::check() const {
  for (const std::string& name : stop_on)
    R1_CHECK_INPUT(
        std::find(std::begin(kDetectors), std::end(kDetectors), name) != std::end(kDetectors),
        "stop_on: found \"", name, "\", expected \"length\", \"repetition\" or \"accuracy\"");
}

RewardHackingDetectors::RewardHackingDetectors(const RewardHackingConfig& config)
    : config_(config) {}

void RewardHackingDetectors::add(const char* series, double value) {
  Trend& trend = trends_[series];
  if (trend.baseline_count < config_.window) {
    trend.baseline_sum += value;
    ++trend.baseline_count;
    return;
  }
  trend.recent.push_back(value);
  while (static_cast<int64_t>(trend.recent.size()) > config_.window) trend.recent.pop_front();
}

bool RewardHackingDetectors::is_full(const Trend& trend) const {
  return static_cast<int64_t>(trend.recent.size()) == config_.window;
}

double RewardHackingDetectors::baseline(const Trend& trend) const {
  return trend.baseline_sum / static_cast<double>(trend.baseline_count);
}

// Before the baseline is full, all there is.
double RewardHackingDetectors::recent_mean(const Trend& trend) const {
  if (trend.recent.empty()) return baseline(trend);
  return std::accumulate(trend.recent.begin(), trend.recent.end(), 0.0) /
         static_cast<double>(trend.recent.size());
}

void RewardHackingDetectors::raise(const char* detector, double level, const std::string& message,
                                   std::vector<HackingAlarm>& alarms) {
  const auto before = levels_.find(detector);
  const bool goes_on = before != levels_.end() && before->second > 1;
  levels_[detector] = std::clamp(level, 0.0, kHighest);
  if (level > 1 && !goes_on) alarms.push_back({detector, message});
}

std::vector<HackingAlarm> RewardHackingDetectors::observe(const HackingSignals& signals) {
  std::vector<HackingAlarm> alarms;
  if (signals.score) add(kTrendOfScore, *signals.score);
  if (signals.length) {
    add(kTrendOfLength, *signals.length);
    const Trend& trend = trends_[kTrendOfLength];
    const double first = baseline(trend), now = recent_mean(trend);
    if (is_full(trend) && first > 0)
      raise(kTrendOfLength, (now / first - 1) / (config_.length_factor - 1),
            concat("replies to general prompts have ", now, " tokens, at first ", first), alarms);
  }
  if (signals.repetition) {
    add(kTrendOfRepetition, *signals.repetition);
    const Trend& trend = trends_[kTrendOfRepetition];
    const double first = baseline(trend), now = recent_mean(trend);
    if (is_full(trend))
      raise(kTrendOfRepetition, (now - first) / config_.repetition_rise,
            concat("repetition in replies to general prompts is ", now, ", at first ", first),
            alarms);
  }
  if (!signals.held_out.empty()) {
    std::string message;
    const double level = accuracy_level(signals, message);
    raise(kTrendOfAccuracy, level, message, alarms);
  }
  return alarms;
}

double RewardHackingDetectors::accuracy_level(const HackingSignals& signals, std::string& message) {
  const auto trend = trends_.find(kTrendOfScore);
  std::optional<double> score;
  if (trend != trends_.end()) score = recent_mean(trend->second);
  double highest = 0;
  for (const auto& [name, accuracy] : signals.held_out) {
    const auto [entry, is_first] = best_.try_emplace(name);
    Best& best = entry->second;
    if (is_first || accuracy.value >= best.accuracy) {
      best = {accuracy.value, accuracy.error, score};
      continue;
    }
    if (!score) continue;
    // Accuracy may have been best before the reward models had judged anything.
    const double score_then = best.score.value_or(baseline(trend->second));
    if (*score <= score_then) continue;
    const double fall = best.accuracy - accuracy.value;
    const double error = std::hypot(best.error, accuracy.error);
    const double level =
        error > 0 ? std::min(kHighest, fall / (config_.accuracy_errors * error)) : kHighest;
    if (level <= highest) continue;
    highest = level;
    message = concat("accuracy on ", name, " is ", accuracy.value, ", at best ", best.accuracy,
                     " (error of the difference ", error, "), while the reward models' score went ",
                     "from ", score_then, " to ", *score);
  }
  return highest;
}

std::optional<std::string> RewardHackingDetectors::stops() const {
  for (const std::string& name : config_.stop_on) {
    const auto level = levels_.find(name);
    if (level != levels_.end() && level->second > 1) return name;
  }
  return std::nullopt;
}

void RewardHackingDetectors::save(Counters& counters) const {
  for (const auto& [name, trend] : trends_) {
    const std::string of = kPrefix + "trend/" + name + "/";
    counters[of + "baseline_sum"] = bits_of(trend.baseline_sum);
    counters[of + "baseline_count"] = trend.baseline_count;
    for (size_t i = 0; i < trend.recent.size(); ++i)
      counters[of + "recent/" + std::to_string(i)] = bits_of(trend.recent[i]);
  }
  for (const auto& [name, best] : best_) {
    const std::string of = kPrefix + "best/" + name + "/";
    counters[of + "accuracy"] = bits_of(best.accuracy);
    counters[of + "error"] = bits_of(best.error);
    if (best.score) counters[of + "score"] = bits_of(*best.score);
  }
  for (const auto& [name, level] : levels_) counters[kPrefix + "level/" + name] = bits_of(level);
}

void RewardHackingDetectors::restore(const Counters& counters) {
  const auto find = [&](const std::string& name) -> std::optional<int64_t> {
    const auto found = counters.find(kPrefix + name);
    if (found == counters.end()) return std::nullopt;
    return found->second;
  };
  for (const char* name : {kTrendOfLength, kTrendOfRepetition, kTrendOfScore}) {
    const std::string of = concat("trend/", name, "/");
    if (!find(of + "baseline_count")) continue;
    Trend& trend = trends_[name];
    trend = {value_of(*find(of + "baseline_sum")), *find(of + "baseline_count"), {}};
    for (int64_t i = 0; const auto bits = find(concat(of, "recent/", i)); ++i)
      trend.recent.push_back(value_of(*bits));
  }
  constexpr std::string_view kEnd = "/accuracy";
  const std::string best = kPrefix + "best/";
  for (auto it = counters.lower_bound(best); it != counters.end() && it->first.starts_with(best);
       ++it) {
    if (!it->first.ends_with(kEnd)) continue;
    const std::string set =
        it->first.substr(best.size(), it->first.size() - best.size() - kEnd.size());
    const std::string of = "best/" + set + "/";
    best_[set] = {value_of(it->second), value_of(*find(of + "error")), std::nullopt};
    if (const auto bits = find(of + "score")) best_[set].score = value_of(*bits);
  }
  for (const char* name : kDetectors)
    if (const auto bits = find(concat("level/", name))) levels_[name] = value_of(*bits);
}

}  // namespace r1
