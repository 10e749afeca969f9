#include "libr1/train/reward_loss.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libr1/core/error.h"

namespace r1 {
namespace {

// One after another: a pair's chosen, then its rejected.
std::vector<TrainSequence> sequences_of(std::span<const RewardExample* const> examples) {
  std::vector<TrainSequence> sequences;
  for (const RewardExample* example : examples) {
    sequences.push_back({example->tokens});
    if (!example->rejected.empty()) sequences.push_back({example->rejected});
  }
  return sequences;
}

double margin_of(double score, bool positive) { return positive ? score : -score; }

struct Mean {
  double value = 0, error = 0;
};

Mean mean_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Mean mean;
  for (const double value : values) mean.value += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean.value) * (value - mean.value);
  if (count > 1) mean.error = std::sqrt(squares / (count - 1) / count);
  return mean;
}

class Calibration {
 public:
  void add(double probability, bool outcome) {
    const auto bin = static_cast<size_t>(probability * static_cast<double>(kBins));
    Bin& into = bins_[std::min(bin, kBins - 1)];
    into.predicted += probability;
    into.positive += outcome;
    ++count_;
  }
  double error() const {
    double sum = 0;
    for (const Bin& bin : bins_) sum += std::abs(bin.positive - bin.predicted);
    return sum / count_;
  }

 private:
  static constexpr size_t kBins = 10;
  struct Bin {
    double predicted = 0, positive = 0;
  };
  std::array<Bin, kBins> bins_;
  double count_ = 0;
};

}  // namespace

std::span<const EnumName<RewardKind>> enum_names(RewardKind) {
  static constexpr EnumName<RewardKind> kNames[] = {{RewardKind::kHelpful, "helpful"},
                                                    {RewardKind::kSafe, "safe"}};
  return kNames;
}

double sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

double margin_loss(double margin) {
  return std::max(-margin, 0.0) + std::log1p(std::exp(-std::abs(margin)));
}

double margin_loss_slope(double margin) { return -sigmoid(-margin); }

std::vector<double> reward_scores(Policy& policy, std::span<const RewardExample* const> examples) {
  const std::vector<double> all = policy.scores(sequences_of(examples));
  std::vector<double> result;
  size_t at = 0;
  for (const RewardExample* example : examples) {
    result.push_back(all[at++]);
    if (!example->rejected.empty()) result.back() -= all[at++];
  }
  return result;
}

double accumulate_reward_loss(Policy& policy, std::span<const RewardExample* const> examples,
                              double weight, Policy::RangeReady ready) {
  const std::vector<double> scores = reward_scores(policy, examples);
  double loss = 0;
  std::vector<double> dscores;
  for (size_t i = 0; i < examples.size(); ++i) {
    const double margin = margin_of(scores[i], examples[i]->positive);
    loss += margin_loss(margin);
    dscores.push_back(margin_of(weight * margin_loss_slope(margin), examples[i]->positive));
    if (!examples[i]->rejected.empty()) dscores.push_back(-dscores.back());
  }
  policy.accumulate_scores(sequences_of(examples), dscores, ready);
  return loss;
}

RewardQuality reward_quality(RewardKind kind, std::span<const JudgedScore> scores) {
  R1_CHECK(!scores.empty(), "the quality of a reward model on no examples");
  std::vector<double> losses, margins, correct, squares;
  Calibration calibration;
  for (const JudgedScore& judged : scores) {
    const double margin = margin_of(judged.score, judged.positive);
    const double probability = sigmoid(judged.score), miss = sigmoid(-margin);
    losses.push_back(margin_loss(margin));
    margins.push_back(margin);
    correct.push_back(margin > 0 ? 1 : margin == 0 ? 0.5 : 0);
    squares.push_back(miss * miss);
    calibration.add(probability, judged.positive);
    if (kind == RewardKind::kHelpful) calibration.add(1 - probability, !judged.positive);
  }
  RewardQuality quality;
  quality.examples = static_cast<int64_t>(scores.size());
  quality.loss = mean_of(losses).value;
  const Mean accuracy = mean_of(correct), margin = mean_of(margins), brier = mean_of(squares);
  quality.accuracy = accuracy.value;
  quality.accuracy_stderr = accuracy.error;
  quality.margin = margin.value;
  quality.margin_stderr = margin.error;
  quality.brier = brier.value;
  quality.brier_stderr = brier.error;
  quality.calibration_error = calibration.error();
  return quality;
}

std::vector<std::pair<std::string, double>> named_values(const RewardQuality& quality) {
  return {{"loss", quality.loss},
          {"accuracy", quality.accuracy},
          {"accuracy_stderr", quality.accuracy_stderr},
          {"margin", quality.margin},
          {"margin_stderr", quality.margin_stderr},
          {"calibration_error", quality.calibration_error},
          {"brier", quality.brier},
          {"brier_stderr", quality.brier_stderr}};
}

}  // namespace r1
