// Signs that a policy exploits its reward models instead of getting better (DeepSeek-R1, section
// B.5: the helpful reward rises while accuracy falls). A series' first `window` values are its
// baseline, which the mean of the last `window` is held against.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/train/training_checkpoint.h"

namespace r1 {

struct RewardHackingConfig {
  int64_t window = 10;
  double length_factor = 1.5;
  double repetition_rise = 0.1;
  double accuracy_errors = 3;
  std::vector<std::string> stop_on;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("window", window, "steps of a mean, and of the baseline", at_least(1));
    v.field("length_factor", length_factor,
            "\"length\": replies to general prompts this many times as long as at first",
            Range{.low = 1, .open_low = true});
    v.field("repetition_rise", repetition_rise,
            "\"repetition\": their share of repeated runs of 8 words risen by this", positive());
    v.field("accuracy_errors", accuracy_errors,
            "\"accuracy\": held-out accuracy this many standard errors below its best, while the "
            "reward models' mean score has risen",
            positive());
    v.field("stop_on", stop_on,
            "detectors that end the stage, of \"length\", \"repetition\", \"accuracy\"; the "
            "others warn");
  }
  void check() const;
};

// Of one step; absent what it did not measure.
struct HackingSignals {
  struct Accuracy {
    double value = 0, error = 0;
  };
  std::optional<double> length, repetition, score;  // means of replies to general prompts
  std::map<std::string, Accuracy> held_out;         // by set
};

struct HackingAlarm {
  std::string detector, message;
};

class RewardHackingDetectors {
 public:
  explicit RewardHackingDetectors(const RewardHackingConfig& config);

  // Returns the alarms that this step raises. One that goes on is not raised again.
  std::vector<HackingAlarm> observe(const HackingSignals& signals);
  // How near each detector is to its alarm, which is above 1. None before there is a baseline.
  const std::map<std::string, double>& levels() const { return levels_; }
  // A detector of stop_on is above 1; its name.
  std::optional<std::string> stops() const;

  // The whole state, as counters of a checkpoint whose names begin with "hacking/".
  void save(Counters& counters) const;
  void restore(const Counters& counters);

 private:
  struct Trend {
    double baseline_sum = 0;
    int64_t baseline_count = 0;
    std::deque<double> recent;  // after the baseline, the last `window`
  };
  struct Best {
    double accuracy = 0, error = 0;
    std::optional<double> score;  // the reward models' at that time
  };
  void add(const char* series, double value);
  bool is_full(const Trend& trend) const;
  double baseline(const Trend& trend) const;
  double recent_mean(const Trend& trend) const;
  // The worst set's level, and what to say of it.
  double accuracy_level(const HackingSignals& signals, std::string& message);
  void raise(const char* detector, double level, const std::string& message,
             std::vector<HackingAlarm>& alarms);

  const RewardHackingConfig& config_;
  std::map<std::string, Trend> trends_;  // length, repetition, score
  std::map<std::string, Best> best_;     // by held-out set
  std::map<std::string, double> levels_;
};

}  // namespace r1
