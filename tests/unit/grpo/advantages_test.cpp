#include "libr1/grpo/advantages.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "libr1/core/error.h"
#include "libr1/data/deal.h"

namespace r1 {
namespace {

std::vector<double> advantages(const std::vector<double>& rewards, const GrpoConfig& config = {},
                               std::vector<uint8_t> counted = {}) {
  if (counted.empty()) counted.assign(rewards.size(), 1);
  std::vector<double> result(rewards.size(), 77);
  group_advantages(rewards, counted, config, result);
  return result;
}

TEST(Advantages, AreStandardizedRewards) {
  GrpoConfig config;
  config.std_epsilon = 0;
  const auto a = advantages({2, 0, 1, 1}, config);
  EXPECT_NEAR(a[0], 1 / std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(a[1], -1 / std::sqrt(0.5), 1e-12);
  EXPECT_EQ(a[2], 0);
  config.unbiased_std = true;
  EXPECT_NEAR(advantages({2, 0, 1, 1}, config)[0], 1 / std::sqrt(2.0 / 3), 1e-12);
}

TEST(Advantages, HaveMeanZeroInEveryVariant) {
  for (const auto kind :
       {AdvantageKind::kMeanStd, AdvantageKind::kMean, AdvantageKind::kLeaveOneOut}) {
    GrpoConfig config;
    config.advantage = kind;
    const auto a = advantages({0.1, 2, 0, 1.7, 1, 1, 0, 3}, config);
    EXPECT_NEAR(std::accumulate(a.begin(), a.end(), 0.0), 0, 1e-12);
  }
}

TEST(Advantages, LeaveOneOutSubtractsTheMeanOfTheOthers) {
  GrpoConfig config;
  config.advantage = AdvantageKind::kLeaveOneOut;
  EXPECT_NEAR(advantages({3, 1, 2}, config)[0], 3 - 1.5, 1e-12);
}

TEST(Advantages, OfEqualRewardsAreZeroEvenWithRounding) {
  for (const double reward : {0.0, 0.1, 1.0 / 3}) {
    const std::vector<double> rewards(7, reward);
    std::vector<double> a(7, 5);
    const std::vector<uint8_t> counted(7, 1);
    EXPECT_TRUE(group_advantages(rewards, counted, {}, a).zero_variance);
    for (const double value : a) EXPECT_EQ(value, 0);
  }
}

TEST(Advantages, LeaveOutWhatIsNotCounted) {
  const auto with = advantages({1, 0, 9, 1}, {}, {1, 1, 0, 1});
  const auto without = advantages({1, 0, 1});
  EXPECT_EQ(with[0], without[0]);
  EXPECT_EQ(with[1], without[1]);
  EXPECT_EQ(with[2], 0);
  EXPECT_EQ(with[3], without[2]);
  EXPECT_EQ(advantages({1, 0}, {}, {1, 0}), (std::vector<double>{0, 0}));
  EXPECT_EQ(advantages({1, 0}, {}, {0, 0}), (std::vector<double>{0, 0}));
}

TEST(Advantages, RefuseARewardThatIsNotANumber) { EXPECT_THROW(advantages({1, NAN}), Error); }

TEST(OverlongPenalty, FallsOverTheBuffer) {
  EXPECT_EQ(overlong_penalty(80, 100, 20), 0);
  EXPECT_EQ(overlong_penalty(90, 100, 20), -0.5);
  EXPECT_EQ(overlong_penalty(100, 100, 20), -1);
  EXPECT_EQ(overlong_penalty(120, 100, 20), -1);
  EXPECT_EQ(overlong_penalty(100, 100, 0), 0);
}

TEST(Deal, CoversEverySampleOnceAndBalances) {
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < 100; ++i) lengths.push_back(1 + i * i % 97);
  for (const int ranks : {1, 2, 3, 8}) {
    std::vector<int64_t> load(static_cast<size_t>(ranks));
    const auto owner = deal(lengths, ranks);
    for (size_t i = 0; i < lengths.size(); ++i) load[static_cast<size_t>(owner[i])] += lengths[i];
    EXPECT_LE(
        *std::max_element(load.begin(), load.end()) - *std::min_element(load.begin(), load.end()),
        97);
  }
}

TEST(Deal, MiniBatchesArePartsOfThePermutation) {
  const std::vector<int64_t> order = {4, 2, 0, 6, 1, 5, 3};
  const auto batches = split_mini_batches(order, 3);
  EXPECT_EQ(batches, (std::vector<std::vector<int64_t>>{{2, 4}, {0, 6}, {1, 3, 5}}));
  EXPECT_EQ(split_mini_batches(std::vector<int64_t>{7}, 3).size(), 3u);
}

}  // namespace
}  // namespace r1
