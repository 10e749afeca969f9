#include "libr1/rollout/evaluate.h"

#include <algorithm>
#include <cmath>
#include <map>

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

}  // namespace

EvaluationResult summarize(std::span<const GradedSample> samples) {
  EvaluationResult result;
  if (samples.empty()) return result;
  std::vector<GradedSample> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end(), [](const GradedSample& a, const GradedSample& b) {
    return std::pair(a.question, a.sample) < std::pair(b.question, b.sample);
  });
  double sum = 0, sum_of_squares = 0;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin;
    int64_t correct = 0;
    for (; end < sorted.size() && sorted[end].question == sorted[begin].question; ++end) {
      correct += sorted[end].correct;
      result.mean_length += static_cast<double>(sorted[end].length);
      result.truncated += sorted[end].truncated;
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
  result.pass_at_1 = sum / n;
  if (result.questions > 1)
    result.pass_at_1_stderr = std::sqrt(
        std::max(0.0, sum_of_squares / n - result.pass_at_1 * result.pass_at_1) / (n - 1));
  result.cons_at_k /= n;
  result.pass_at_k /= n;
  result.mean_length /= static_cast<double>(sorted.size());
  result.truncated /= static_cast<double>(sorted.size());
  return result;
}

}  // namespace r1
