#include "libr1/core/philox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace r1 {
namespace {

using Block = std::array<uint32_t, 4>;

// Known answers published with the authors' Random123 library.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

// Files and resumed runs depend on these: a change here breaks every old seed.
TEST(Random, DrawsAreFixedForEver) {
  const Random a(1234, "rollout");
  const Random same(1234, "rollout");
  EXPECT_EQ(a.bits(1, 2, 3, 4), 0x118aef5c92f6a41u);
  EXPECT_EQ(a.bits(1, 2, 3, 4), same.bits(1, 2, 3, 4));
  EXPECT_EQ(a.bits(5), a.bits(5, 0, 0, 0));
}

TEST(Random, SeedPurposeAndEveryCoordinateMatter) {
  std::set<uint64_t> draws;
  for (const uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 32})
    for (const char* purpose : {"", "init", "shuffle"})
      for (uint32_t place = 0; place < 4; ++place) {
        std::array<uint32_t, 4> at = {};
        at[place] = 1;
        draws.insert(Random(seed, purpose).bits(at[0], at[1], at[2], at[3]));
      }
  EXPECT_EQ(draws.size(), 36u);
}

TEST(Random, UniformFillsItsInterval) {
  const Random random(1, "uniform");
  constexpr uint32_t kDraws = 100000;
  std::vector<int> bins(20);
  double sum = 0;
  for (uint32_t i = 0; i < kDraws; ++i) {
    const float u = random.uniform(i);
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    ASSERT_EQ(u * 0x1p24f, std::floor(u * 0x1p24f));
    ++bins[static_cast<size_t>(u * 20)];
    sum += u;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 4 * 0.2887 / std::sqrt(kDraws));
  double chi_square = 0;
  for (const int n : bins) chi_square += std::pow(n - kDraws / 20.0, 2) / (kDraws / 20.0);
  EXPECT_LT(chi_square, 52);  // 19 degrees of freedom, p = 1e-4
}

TEST(Random, BelowReachesEveryValueAndNoOther) {
  const Random random(2, "below");
  for (const uint64_t bound : {1u, 2u, 3u, 7u, 100u}) {
    std::set<uint64_t> seen;
    for (uint32_t i = 0; i < 3000; ++i) seen.insert(random.below(bound, i));
    EXPECT_EQ(seen.size(), bound);
    EXPECT_EQ(*seen.rbegin(), bound - 1);
  }
  EXPECT_GT(random.below(~uint64_t{0}, 1), uint64_t{1} << 32);
}

TEST(Random, NormalHasItsMoments) {
  const Random random(3, "normal");
  constexpr uint32_t kDraws = 200000;
  double moments[5] = {};
  for (uint32_t i = 0; i < kDraws; ++i) {
    const double x = random.normal(i);
    ASSERT_TRUE(std::isfinite(x));
    for (int k = 1; k < 5; ++k) moments[k] += std::pow(x, k) / kDraws;
  }
  const double error = 4 / std::sqrt(kDraws);
  EXPECT_NEAR(moments[1], 0, error);
  EXPECT_NEAR(moments[2], 1, error * std::sqrt(2));
  EXPECT_NEAR(moments[3], 0, error * std::sqrt(15));
  EXPECT_NEAR(moments[4], 3, error * std::sqrt(96));
}

TEST(Permutation, HoldsEveryIndexOnce) {
  const Random random(4, "shuffle");
  for (const int64_t count : {0, 1, 2, 3, 100, 5000}) {
    std::vector<int64_t> order = random.permutation(count, 7);
    EXPECT_EQ(order, random.permutation(count, 7));
    if (count >= 100) {
      EXPECT_NE(order, random.permutation(count, 8));
      EXPECT_NE(order, random.permutation(count, 7, 1));
    }
    std::sort(order.begin(), order.end());
    std::vector<int64_t> expected(static_cast<size_t>(count));
    std::iota(expected.begin(), expected.end(), int64_t{0});
    EXPECT_EQ(order, expected);
  }
}

TEST(Permutation, AllOrdersAreEquallyLikely) {
  const Random random(5, "shuffle");
  std::vector<int> counts(24);
  constexpr uint32_t kDraws = 24000;
  for (uint32_t i = 0; i < kDraws; ++i) {
    const auto order = random.permutation(4, i);
    std::vector<int64_t> walk = {0, 1, 2, 3};
    size_t rank = 0;
    do {
      if (walk == order) break;
      ++rank;
    } while (std::next_permutation(walk.begin(), walk.end()));
    ++counts[rank];
  }
  double chi_square = 0;
  for (const int n : counts) chi_square += std::pow(n - kDraws / 24.0, 2) / (kDraws / 24.0);
  EXPECT_LT(chi_square, 59);  // 23 degrees of freedom, p = 1e-4
}

}  // namespace
}  // namespace r1
