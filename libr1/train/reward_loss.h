// What a reward model is trained on and judged by. Both losses of DeepSeek-R1's reward models
// (Nature 645, Methods) are -log sigmoid of a margin, which is above 0 where the model is right:
//   pairwise    s(chosen) - s(rejected)             (Bradley-Terry; the paper prints no formula)
//   pointwise   s for a safe response, else -s      (binary cross-entropy of the label)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/train/policy.h"

namespace r1 {

enum class RewardKind {
  kHelpful,  // pairs; sees the final reply only
  kSafe,     // labels; sees the whole response, thoughts included
};
std::span<const EnumName<RewardKind>> enum_names(RewardKind);

// A pair: chosen and rejected. A labelled response: `tokens`, no `rejected`.
struct RewardExample {
  std::vector<int32_t> tokens, rejected;  // prompt, response, end token
  bool positive = true;                   // the label; pairs: always
  int64_t size() const { return static_cast<int64_t>(tokens.size() + rejected.size()); }
};

double sigmoid(double x);
double margin_loss(double margin);        // -log sigmoid, without overflow
double margin_loss_slope(double margin);  // its derivative

// The difference of scores of a pair, the score of a labelled response.
std::vector<double> reward_scores(Policy& policy, std::span<const RewardExample* const> examples);

// Adds the gradient of `weight` times the sum of the examples' losses, and returns that sum,
// unweighted. Runs the forward pass twice: a pair's halves may lie in two micro-batches.
// `ready` as in Policy::accumulate.
double accumulate_reward_loss(Policy& policy, std::span<const RewardExample* const> examples,
                              double weight, Policy::RangeReady ready);

// One held-out example: its reward_scores entry and its label.
struct JudgedScore {
  double score = 0;
  bool positive = true;
};

// Standard errors are those of a mean: std / sqrt(examples).
struct RewardQuality {
  int64_t examples = 0;
  double loss = 0;                           // mean
  double accuracy = 0, accuracy_stderr = 0;  // margin above 0; a tie counts half
  double margin = 0, margin_stderr = 0;      // mean
  double brier = 0, brier_stderr = 0;        // mean squared error of the predicted probability
  // Expected calibration error: |mean outcome - mean predicted probability| of each of 10 equal
  // bins of the predicted probability, by the bin's share (Naeini et al. 2015). A pair is counted
  // in both orders, as which of its halves stands first means nothing.
  double calibration_error = 0;
};
RewardQuality reward_quality(RewardKind kind, std::span<const JudgedScore> scores);

// Its numbers by name, as metrics have them: "accuracy", "accuracy_stderr", ...
std::vector<std::pair<std::string, double>> named_values(const RewardQuality& quality);

}  // namespace r1
