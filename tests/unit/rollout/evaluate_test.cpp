#include "libr1/rollout/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libr1/core/error.h"

namespace r1 {
namespace {

TEST(Evaluate, MeansMajoritiesAndErrors) {
  const std::vector<GradedSample> samples = {// question 0: two of three right, the majority too
                                             {0, 0, true, "4", 10, false},
                                             {0, 1, false, "5", 20, true},
                                             {0, 2, true, "4", 30, false},
                                             // question 1: one right, outvoted
                                             {1, 0, true, "7", 10, false},
                                             {1, 1, false, "8", 10, false},
                                             {1, 2, false, "8", 10, false}};
  const EvaluationResult result = summarize(samples);
  EXPECT_EQ(result.questions, 2);
  EXPECT_EQ(result.samples, 3);
  EXPECT_DOUBLE_EQ(result.pass_at_1, 0.5);
  // means 2/3 and 1/3: sample std sqrt(1/18), over sqrt(2)
  EXPECT_NEAR(result.pass_at_1_stderr, std::sqrt(1.0 / 18) / std::sqrt(2.0), 1e-12);
  EXPECT_DOUBLE_EQ(result.cons_at_k, 0.5);
  EXPECT_DOUBLE_EQ(result.pass_at_k, 1.0);
  EXPECT_DOUBLE_EQ(result.mean_length, 15);
  EXPECT_DOUBLE_EQ(result.truncated, 1.0 / 6);
}

TEST(Evaluate, TiesGoToTheFirstSampledAndSilenceDoesNotVote) {
  EXPECT_EQ(summarize(std::vector<GradedSample>{{0, 0, true, "1", 1, false},
                                                {0, 1, false, "2", 1, false}})
                .cons_at_k,
            1);
  EXPECT_EQ(summarize(std::vector<GradedSample>{{0, 1, true, "1", 1, false},
                                                {0, 0, false, "2", 1, false}})
                .cons_at_k,
            0);
  EXPECT_EQ(summarize(std::vector<GradedSample>{{0, 0, false, "", 1, false},
                                                {0, 1, false, "", 1, false},
                                                {0, 2, true, "3", 1, false}})
                .cons_at_k,
            1);
  EXPECT_EQ(summarize(std::vector<GradedSample>{{0, 0, false, "", 1, false}}).cons_at_k, 0);
  EXPECT_EQ(summarize({}).questions, 0);
}

TEST(Evaluate, RefusesUnevenGroups) {
  EXPECT_THROW(
      summarize(std::vector<GradedSample>{
          {0, 0, true, "1", 1, false}, {1, 0, true, "1", 1, false}, {1, 1, true, "1", 1, false}}),
      Error);
}

}  // namespace
}  // namespace r1
