#include "libr1/rollout/evaluate.h"

#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"

namespace r1 {
namespace {

// Whether the answer with the most votes is correct.
bool majority_is_correct(std::span<const GradedSample> group) {
  std::map<std::string_view, int64_t> votes;
  for (const GradedSample& s : group)
    if (!s.answer.empty()) ++votes[s.answer];
  const GradedSample* best = nullptr;
  for (const GradedSample& s : group)
    if (!s.answer.empty() && (!best || votes[s.answer] > votes[best->answer])) best = &s;
  return best && best->correct;
}

// Sums over samples, to be divided by their number.
void add_sample(const GradedSample& sample, EvaluationResult& sums) {
  sums.mean_length += static_cast<double>(sample.length);
  sums.truncated += sample.truncated;
  sums.well_formed += sample.well_formed;
  sums.mixed += sample.target_words > 0 && sample.target_words < sample.words;
  sums.foreign += sample.target_words < sample.words;
  sums.reflections += static_cast<double>(sample.reflections);
}

}  // namespace

std::vector<std::pair<std::string, double>> named_values(const EvaluationResult& r) {
  return {{"pass@1", r.pass_at_1},        {"pass@1_stderr", r.pass_at_1_stderr},
          {"cons@k", r.cons_at_k},        {"pass@k", r.pass_at_k},
          {"length", r.mean_length},      {"truncated", r.truncated},
          {"well_formed", r.well_formed}, {"mixed", r.mixed},
          {"foreign", r.foreign},         {"reflections", r.reflections}};
}

EvaluationResult summarize(std::span<const GradedSample> samples) {
  EvaluationResult result;
  if (samples.empty()) return result;
  std::vector<GradedSample> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end(), [](const GradedSample& a, const GradedSample& b) {
    return std::pair(a.question, a.sample) < std::pair(b.question, b.sample);
  });
  double sum = 0, sum_of_squares = 0, with_words = 0;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin;
    int64_t correct = 0;
    for (; end < sorted.size() && sorted[end].question == sorted[begin].question; ++end) {
      correct += sorted[end].correct;
      with_words += sorted[end].words > 0;
      add_sample(sorted[end], result);
    }
    const auto k = static_cast<int64_t>(end - begin);
    R1_CHECK(begin == 0 || k == result.samples, "question ", sorted[begin].question, " has ", k,
             " graded samples, the one before ", result.samples);
    result.samples = k;
    const double mean = static_cast<double>(correct) / static_cast<double>(k);
    sum += mean;
    sum_of_squares += mean * mean;
    result.pass_at_k += correct > 0;
    result.cons_at_k += majority_is_correct(std::span(sorted).subspan(begin, end - begin));
    ++result.questions;
    begin = end;
  }
  const auto n = static_cast<double>(result.questions);
  const auto total = static_cast<double>(sorted.size());
  result.pass_at_1 = sum / n;
  if (result.questions > 1)
    result.pass_at_1_stderr = std::sqrt(
        std::max(0.0, sum_of_squares / n - result.pass_at_1 * result.pass_at_1) / (n - 1));
  for (double* share : {&result.cons_at_k, &result.pass_at_k}) *share /= n;
  for (double* mean :
       {&result.mean_length, &result.truncated, &result.well_formed, &result.reflections})
    *mean /= total;
  for (double* share : {&result.mixed, &result.foreign}) *share /= std::max(1.0, with_words);
  return result;
}

std::map<int64_t, double> question_means(std::span<const GradedSample> samples) {
  std::map<int64_t, std::pair<int64_t, int64_t>> counts;  // correct, all
  for (const GradedSample& sample : samples) {
    counts[sample.question].first += sample.correct;
    ++counts[sample.question].second;
  }
  std::map<int64_t, double> means;
  for (const auto& [question, count] : counts)
    means[question] = static_cast<double>(count.first) / static_cast<double>(count.second);
  return means;
}

PairedDifference paired_difference(const std::map<int64_t, double>& a,
                                   const std::map<int64_t, double>& b) {
  std::vector<double> differences;
  for (const auto& [question, mean] : a)
    if (const auto other = b.find(question); other != b.end())
      differences.push_back(other->second - mean);
  PairedDifference result{static_cast<int64_t>(differences.size())};
  if (differences.empty()) return result;
  const auto n = static_cast<double>(differences.size());
  for (const double difference : differences) result.mean += difference / n;
  double squares = 0;
  for (const double difference : differences)
    squares += (difference - result.mean) * (difference - result.mean);
  if (n > 1) result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

}  // namespace r1
