#include "libr1/rollout/evaluate.h"

#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"

namespace r1 {
namespace {

bool is_verified(const GradedSample& sample) { return sample.verdict != Verdict::kUnverifiable; }
bool is_correct(const GradedSample& sample) { return sample.verdict == Verdict::kCorrect; }

// Whether the answer with the most votes is correct.
bool majority_is_correct(std::span<const GradedSample> group) {
  const auto votes = [](const GradedSample& s) { return is_verified(s) && !s.vote.empty(); };
  // A wrong answer is another than a right one, though both were brought to one text.
  const auto answer = [](const GradedSample& s) {
    return std::pair<std::string_view, bool>(s.vote, is_correct(s));
  };
  std::map<std::pair<std::string_view, bool>, int64_t> count;
  for (const GradedSample& s : group)
    if (votes(s)) ++count[answer(s)];
  const GradedSample* best = nullptr;
  for (const GradedSample& s : group)
    if (votes(s) && (!best || count[answer(s)] > count[answer(*best)])) best = &s;
  return best && is_correct(*best);
}

struct Mean {
  double value = 0, standard_error = 0;  // sample standard deviation / sqrt(n); 0 for one value
};
Mean mean_of(const std::vector<double>& values) {
  Mean mean;
  const auto n = static_cast<double>(values.size());
  if (values.empty()) return mean;
  for (const double value : values) mean.value += value;
  mean.value /= n;
  double squares = 0;
  for (const double value : values) squares += (value - mean.value) * (value - mean.value);
  if (n > 1) mean.standard_error = std::sqrt(squares / (n - 1) / n);
  return mean;
}

std::vector<double> values_of(const std::map<int64_t, double>& by_question) {
  std::vector<double> values;
  for (const auto& [question, value] : by_question) values.push_back(value);
  return values;
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

bool in_order(const GradedSample& a, const GradedSample& b) {
  return std::pair(a.question, a.sample) < std::pair(b.question, b.sample);
}

std::vector<std::pair<std::string, double>> named_values(const EvaluationResult& r) {
  return {{"pass@1", r.pass_at_1},
          {"pass@1_stderr", r.pass_at_1_stderr},
          {"cons@k", r.cons_at_k},
          {"vote_gain_stderr", r.vote_gain_stderr},
          {"pass@k", r.pass_at_k},
          {"length", r.mean_length},
          {"truncated", r.truncated},
          {"well_formed", r.well_formed},
          {"mixed", r.mixed},
          {"foreign", r.foreign},
          {"reflections", r.reflections}};
}

EvaluationResult summarize(std::span<const GradedSample> samples) {
  EvaluationResult result;
  if (samples.empty()) return result;
  std::vector<GradedSample> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end(), in_order);
  std::map<int64_t, double> votes;
  double with_words = 0;
  for (size_t begin = 0; begin < sorted.size();) {
    size_t end = begin;
    int64_t correct = 0, verified = 0;
    for (; end < sorted.size() && sorted[end].question == sorted[begin].question; ++end) {
      correct += is_correct(sorted[end]);
      verified += is_verified(sorted[end]);
      with_words += sorted[end].words > 0;
      add_sample(sorted[end], result);
    }
    const auto k = static_cast<int64_t>(end - begin);
    R1_CHECK(begin == 0 || k == result.samples, "question ", sorted[begin].question, " has ", k,
             " graded samples, the one before ", result.samples);
    result.samples = k;
    result.unverifiable += k - verified;
    if (verified > 0) {
      result.pass_at_k += correct > 0;
      votes[sorted[begin].question] =
          majority_is_correct(std::span(sorted).subspan(begin, end - begin));
    }
    begin = end;
  }
  const auto total = static_cast<double>(sorted.size());
  for (double* mean :
       {&result.mean_length, &result.truncated, &result.well_formed, &result.reflections})
    *mean /= total;
  for (double* share : {&result.mixed, &result.foreign})
    *share /= with_words;  // 0 / 0: not a number
  result.questions = static_cast<int64_t>(votes.size());
  if (votes.empty()) return result;
  const auto n = static_cast<double>(result.questions);
  const auto means = question_means(sorted);
  const Mean one = mean_of(values_of(means)), vote = mean_of(values_of(votes));
  result.pass_at_1 = one.value;
  result.pass_at_1_stderr = one.standard_error;
  result.cons_at_k = vote.value;
  result.vote_gain_stderr = paired_difference(means, votes).standard_error;
  result.pass_at_k /= n;
  return result;
}

std::map<int64_t, double> question_means(std::span<const GradedSample> samples) {
  std::map<int64_t, std::pair<int64_t, int64_t>> counts;  // correct, verified
  for (const GradedSample& sample : samples) {
    if (!is_verified(sample)) continue;
    counts[sample.question].first += is_correct(sample);
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
  const Mean mean = mean_of(differences);
  return {static_cast<int64_t>(differences.size()), mean.value, mean.standard_error};
}

}  // namespace r1
