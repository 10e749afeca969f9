#include "libr1/rollout/rating.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr double kScale = 400, kBeyond = 2 * kScale;

double probability(double difficulty, double rating) {
  return 1 / (1 + std::pow(10.0, (difficulty - rating) / kScale));
}

// Falls as the rating rises.
double solved_beyond_expectation(std::span<const ProblemResult> results, double rating) {
  double excess = 0;
  for (const ProblemResult& r : results) excess += r.solved - probability(r.difficulty, rating);
  return excess;
}

double standard_error(std::span<const ProblemResult> results, double rating) {
  double variance = 0;
  for (const ProblemResult& r : results) {
    const double p = probability(r.difficulty, rating);
    variance += p * (1 - p);
  }
  return kScale / (std::log(10.0) * std::sqrt(variance));
}

}  // namespace

Rating estimate_rating(std::span<const ProblemResult> results) {
  R1_CHECK_INPUT(!results.empty(), "a rating from no problems; give at least one");
  for (const ProblemResult& r : results) {
    R1_CHECK_INPUT(std::isfinite(r.difficulty), "a problem's difficulty is ", r.difficulty);
    R1_CHECK_INPUT(r.solved >= 0 && r.solved <= 1, "a problem was solved by a share of ", r.solved,
                   " of the samples; expected 0 to 1");
  }
  const auto [easiest, hardest] =
      std::minmax_element(results.begin(), results.end(),
                          [](const auto& a, const auto& b) { return a.difficulty < b.difficulty; });
  double low = easiest->difficulty - kBeyond, high = hardest->difficulty + kBeyond;
  Rating rating;
  if (solved_beyond_expectation(results, low) <= 0) {
    rating.clamped = true;
    high = low;
  } else if (solved_beyond_expectation(results, high) >= 0) {
    rating.clamped = true;
    low = high;
  }
  for (int i = 0; i < 60 && low < high; ++i) {
    const double middle = std::midpoint(low, high);
    (solved_beyond_expectation(results, middle) > 0 ? low : high) = middle;
  }
  rating.value = std::midpoint(low, high);
  rating.standard_error = standard_error(results, rating.value);
  return rating;
}

}  // namespace r1
