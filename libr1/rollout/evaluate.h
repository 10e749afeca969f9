// Held-out accuracy of a policy from k samples a question.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libr1/reward/verdict.h"

namespace r1 {

// One sample's verdict on one question, and what can be read off its text.
struct GradedSample {
  int64_t question = 0;
  int32_t sample = 0;
  Verdict verdict = Verdict::kWrong;
  bool well_formed = false;
  bool truncated = false;
  int64_t length = 0;                   // tokens of the response
  int64_t words = 0, target_words = 0;  // of its thoughts; of the question's language
  int64_t reflections = 0;
  std::string vote;  // libr1/reward/vote.h; empty: no answer
};

// By question, then by sample.
bool in_order(const GradedSample& a, const GradedSample& b);

// body(field), to write or to read it.
template <class Graded, class Body>
void for_each_field(Graded& g, Body body) {
  body(g.question), body(g.sample), body(g.verdict), body(g.well_formed), body(g.truncated);
  body(g.length), body(g.words), body(g.target_words), body(g.reflections), body(g.vote);
}

// pass@1 = mean over questions of the mean over the k samples (paper, section 3: pass@1 with k
// samples). cons@k: the majority of the k extracted answers is graded; samples without an answer do
// not vote; among answers with equal votes the one that was sampled first wins. A sample that could
// not be verified is neither right nor wrong, and does not vote; a question without any other says
// nothing of the model and is left out. The rest is over all samples.
struct EvaluationResult {
  int64_t questions = 0;     // that count
  int64_t samples = 0;       // k
  int64_t unverifiable = 0;  // samples
  double pass_at_1 = 0;
  double pass_at_1_stderr = 0;  // over questions: std of their means / sqrt(questions)
  double cons_at_k = 0;
  double vote_gain_stderr = 0;  // of cons@k - pass@1, over the questions' differences
  double pass_at_k = 0;         // any of the k
  double mean_length = 0;
  double truncated = 0;    // share
  double well_formed = 0;  // share
  // Shares of the responses in which words were counted; where none were, as without a language of
  // the questions, not a number.
  double mixed = 0;        // with words of several languages
  double foreign = 0;      // with any word that is not of the question's language
  double reflections = 0;  // a response
};

// Its numbers by name, as metrics and results have them: "pass@1", "cons@k", ...
std::vector<std::pair<std::string, double>> named_values(const EvaluationResult& result);

// In any order; every question has the same number of samples. Throws Fault::kRun otherwise.
EvaluationResult summarize(std::span<const GradedSample> samples);

// The share of correct samples of each question, of those that could be verified.
std::map<int64_t, double> question_means(std::span<const GradedSample> samples);

// Two models on the same questions.
struct PairedDifference {
  int64_t questions = 0;  // that both were asked; the others do not count
  double mean = 0;        // pass@1 of the second less that of the first
  double standard_error = 0;
};

// Over the questions' differences d_i = b_i - a_i: their mean, and their sample standard deviation
// over sqrt(n). What the questions have in common, being easy or hard, cancels, so this error is
// smaller than that of a difference of two separate means (Miller, "Adding error bars to evals",
// 2024, section 4). One question has no error: 0.
PairedDifference paired_difference(const std::map<int64_t, double>& a,
                                   const std::map<int64_t, double>& b);

}  // namespace r1
