#include "libr1/rollout/rating.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "libr1/core/error.h"

namespace r1 {
namespace {

Rating rating_of(const std::vector<ProblemResult>& results) { return estimate_rating(results); }

TEST(Rating, OneProblemHasAClosedForm) {
  // r = d + 400 log10(p / (1 - p))
  EXPECT_NEAR(rating_of({{1500, 0.5}}).value, 1500, 1e-6);
  EXPECT_NEAR(rating_of({{1500, 10.0 / 11}}).value, 1900, 1e-6);
  EXPECT_NEAR(rating_of({{1500, 1.0 / 11}}).value, 1100, 1e-6);
  EXPECT_NEAR(rating_of({{-200, 0.25}}).value, -200 + 400 * std::log10(1.0 / 3), 1e-6);
  EXPECT_FALSE(rating_of({{1500, 0.9}}).clamped);
}

TEST(Rating, StandardErrorIsOfTheFisherInformation) {
  // p (1 - p) = 1/4: 400 / ln(10) * 2; a hundred such problems have a tenth of it.
  const double one = 800 / std::log(10.0);
  EXPECT_NEAR(rating_of({{1500, 0.5}}).standard_error, one, 1e-6);
  EXPECT_NEAR(rating_of(std::vector<ProblemResult>(100, {1500, 0.5})).standard_error, one / 10,
              1e-6);
}

TEST(Rating, SolvesAsManyAsExpected) {
  // Shares as of a solver rated 1730 give back that rating.
  std::vector<ProblemResult> results;
  for (double d = 800; d <= 3500; d += 100)
    results.push_back({d, 1 / (1 + std::pow(10, (d - 1730) / 400))});
  EXPECT_NEAR(rating_of(results).value, 1730, 1e-6);
  // By symmetry.
  EXPECT_NEAR(rating_of({{1200, 1}, {1800, 0}}).value, 1500, 1e-6);
  // Which problems were solved does not matter, only how many: the sum is what is sufficient.
  EXPECT_NEAR(rating_of({{1200, 0}, {1800, 1}}).value, 1500, 1e-6);
  EXPECT_LT(rating_of({{1200, 1}, {1800, 0}, {2400, 0}}).value,
            rating_of({{1200, 1}, {1800, 1}, {2400, 0}}).value);
}

TEST(Rating, AllOrNoneGivesABound) {
  const Rating all = rating_of({{1200, 1}, {1800, 1}}), none = rating_of({{1200, 0}, {1800, 0}});
  EXPECT_EQ(all.value, 2600);
  EXPECT_EQ(none.value, 400);
  EXPECT_TRUE(all.clamped && none.clamped);
  EXPECT_TRUE(std::isfinite(all.standard_error) && std::isfinite(none.standard_error));
  EXPECT_EQ(rating_of({{1500, 0.9999}}).value, 2300);
}

TEST(Rating, RefusesWhatIsNoResult) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(rating_of({}), Error);
  EXPECT_THROW(rating_of({{1500, -0.1}}), Error);
  EXPECT_THROW(rating_of({{1500, 1.1}}), Error);
  EXPECT_THROW(rating_of({{1500, nan}}), Error);
  EXPECT_THROW(rating_of({{nan, 0.5}}), Error);
}

}  // namespace
}  // namespace r1
