// Held-out accuracy of a policy from k samples a question.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace r1 {

// One sample's verdict on one question.
struct GradedSample {
  int64_t question = 0;
  int32_t sample = 0;
  bool correct = false;
  std::string answer;  // what was extracted, for the vote; empty: no answer
  int64_t length = 0;  // tokens of the response
  bool truncated = false;
};

// pass@1 = mean over questions of the mean over the k samples (paper, section 3: pass@1 with k
// samples). cons@k: the majority of the k extracted answers is graded; samples without an answer do
// not vote; among answers with equal votes the one that was sampled first wins.
struct EvaluationResult {
  int64_t questions = 0;
  int64_t samples = 0;  // k
  double pass_at_1 = 0;
  double pass_at_1_stderr = 0;  // over questions: std of their means / sqrt(questions)
  double cons_at_k = 0;
  double pass_at_k = 0;  // any of the k
  double mean_length = 0;
  double truncated = 0;  // share
};

// In any order; every question has the same number of samples. Throws Fault::kRun otherwise.
EvaluationResult summarize(std::span<const GradedSample> samples);

}  // namespace r1
