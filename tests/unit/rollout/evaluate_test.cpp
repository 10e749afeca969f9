#include "libr1/rollout/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libr1/core/error.h"

namespace r1 {
namespace {

GradedSample graded(int64_t question, int32_t sample, bool correct, const std::string& answer,
                    int64_t length, bool truncated = false) {
  GradedSample g{question, sample, correct ? Verdict::kCorrect : Verdict::kWrong};
  g.vote = answer;
  g.length = length;
  g.truncated = truncated;
  return g;
}

TEST(Evaluate, MeansMajoritiesAndErrors) {
  const std::vector<GradedSample> samples = {
      // question 0: two of three right, the majority too
      graded(0, 0, true, "4", 10), graded(0, 1, false, "5", 20, true), graded(0, 2, true, "4", 30),
      // question 1: one right, outvoted
      graded(1, 0, true, "7", 10), graded(1, 1, false, "8", 10), graded(1, 2, false, "8", 10)};
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
  EXPECT_EQ(
      summarize(std::vector<GradedSample>{graded(0, 0, true, "1", 1), graded(0, 1, false, "2", 1)})
          .cons_at_k,
      1);
  EXPECT_EQ(
      summarize(std::vector<GradedSample>{graded(0, 1, true, "1", 1), graded(0, 0, false, "2", 1)})
          .cons_at_k,
      0);
  EXPECT_EQ(
      summarize(std::vector<GradedSample>{graded(0, 0, false, "", 1), graded(0, 1, false, "", 1),
                                          graded(0, 2, true, "3", 1)})
          .cons_at_k,
      1);
  EXPECT_EQ(summarize(std::vector<GradedSample>{graded(0, 0, false, "", 1)}).cons_at_k, 0);
  EXPECT_EQ(summarize({}).questions, 0);
}

TEST(Evaluate, AWrongAnswerDoesNotVoteForARightOneOfTheSameText) {
  std::vector<GradedSample> samples = {graded(0, 0, false, "5", 1), graded(0, 1, true, "5", 1),
                                       graded(0, 2, true, "5", 1)};
  EXPECT_EQ(summarize(samples).cons_at_k, 1);  // whoever was sampled first
  samples.push_back(graded(0, 3, false, "7", 1));
  samples.push_back(graded(0, 4, false, "7", 1));
  samples[2] = graded(0, 2, false, "7", 1);
  EXPECT_EQ(summarize(samples).cons_at_k, 0);  // three of 7
}

TEST(Evaluate, WhatNobodyCouldVerifyIsNeitherRightNorWrongAndDoesNotVote) {
  const auto unclear = [](int64_t question, int32_t sample) {
    GradedSample g{question, sample, Verdict::kUnverifiable};
    g.vote = "?";
    g.length = 7;
    return g;
  };
  const EvaluationResult result = summarize(std::vector<GradedSample>{
      graded(0, 0, true, "1", 1), unclear(0, 1), unclear(0, 2),  // right, by its one verdict
      unclear(1, 0), unclear(1, 1), unclear(1, 2),               // left out
      graded(2, 0, true, "1", 1), graded(2, 1, false, "2", 1), unclear(2, 2)});
  EXPECT_EQ(result.questions, 2);
  EXPECT_EQ(result.samples, 3);
  EXPECT_EQ(result.unverifiable, 6);
  EXPECT_DOUBLE_EQ(result.pass_at_1, 0.75);
  EXPECT_DOUBLE_EQ(result.cons_at_k, 1);
  EXPECT_DOUBLE_EQ(result.pass_at_k, 1);
  EXPECT_DOUBLE_EQ(result.mean_length, (3 + 6 * 7) / 9.0);  // of all
  EXPECT_EQ(summarize(std::vector<GradedSample>{unclear(0, 0)}).questions, 0);
}

TEST(Evaluate, SharesOfLanguagesAreOfThoseWithWords) {
  std::vector<GradedSample> samples(4, graded(0, 0, true, "1", 1));
  for (int32_t i = 0; i < 4; ++i) samples[static_cast<size_t>(i)].sample = i;
  EXPECT_TRUE(std::isnan(summarize(samples).mixed));  // nothing was counted
  samples[0].words = 4, samples[0].target_words = 4;
  samples[1].words = 4, samples[1].target_words = 3;
  samples[2].words = 4;
  EXPECT_DOUBLE_EQ(summarize(samples).mixed, 1.0 / 3);
  EXPECT_DOUBLE_EQ(summarize(samples).foreign, 2.0 / 3);
}

TEST(Evaluate, TheGainOfVotingIsPairedByQuestion) {
  std::vector<GradedSample> samples;
  for (int64_t question = 0; question < 4; ++question)  // two of three right, of each question
    for (int32_t sample = 0; sample < 3; ++sample)
      samples.push_back(graded(question, sample, sample > 0, sample > 0 ? "1" : "2", 1));
  EXPECT_DOUBLE_EQ(summarize(samples).vote_gain_stderr, 0);  // a third, everywhere
  for (size_t i = 0; i < 3; ++i) samples[i] = graded(0, static_cast<int32_t>(i), false, "3", 1);
  // gains 0, 1/3, 1/3, 1/3
  EXPECT_NEAR(summarize(samples).vote_gain_stderr, std::sqrt((3.0 / 144 + 1.0 / 16) / 12), 1e-12);
}

TEST(Evaluate, RefusesUnevenGroups) {
  EXPECT_THROW(
      summarize(std::vector<GradedSample>{graded(0, 0, true, "1", 1), graded(1, 0, true, "1", 1),
                                          graded(1, 1, true, "1", 1)}),
      Error);
}

TEST(Evaluate, DifferencesArePairedByQuestion) {
  const std::map<int64_t, double> a = {{0, 0.1}, {1, 0.9}, {2, 0.5}, {7, 1.0}};
  const std::map<int64_t, double> b = {{0, 0.3}, {1, 1.0}, {2, 0.5}, {8, 0.0}};
  const PairedDifference d = paired_difference(a, b);
  EXPECT_EQ(d.questions, 3);
  EXPECT_NEAR(d.mean, 0.1, 1e-12);  // of 0.2, 0.1, 0.0
  EXPECT_NEAR(d.standard_error, 0.1 / std::sqrt(3.0), 1e-12);
  EXPECT_NEAR(paired_difference(b, a).mean, -d.mean, 1e-12);
  EXPECT_EQ(paired_difference(b, a).standard_error, d.standard_error);
}

TEST(Evaluate, ADifferenceThatAllQuestionsShareHasNoError) {
  const PairedDifference d = paired_difference({{0, 0.0}, {1, 0.75}}, {{0, 0.25}, {1, 1.0}});
  EXPECT_EQ(d.mean, 0.25);
  EXPECT_EQ(d.standard_error, 0);
  EXPECT_EQ(paired_difference({{4, 0.5}}, {{4, 1.0}}).standard_error, 0);
  EXPECT_EQ(paired_difference({{4, 0.5}}, {{5, 1.0}}).questions, 0);
}

TEST(Evaluate, MeansOfQuestions) {
  const std::map<int64_t, double> expected = {{3, 0.5}, {9, 1.0}};
  EXPECT_EQ(question_means(
                std::vector<GradedSample>{graded(9, 0, true, "", 1), graded(3, 0, false, "", 1),
                                          graded(3, 1, true, "", 1), graded(9, 1, true, "", 1)}),
            expected);
}

}  // namespace
}  // namespace r1
