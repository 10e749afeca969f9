#include "libr1/grpo/dynamic_sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace r1 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DynamicSampling, KeepsGroupsWithUnequalRewards) {
  const auto group = self_group();
  const std::vector<QuestionReward> rewards = {{7, 1}, {3, 0}, {7, 1}, {3, 2},       {5, 0},
                                               {9, 1}, {5, 0}, {3, 0}, {9, 1 + 1e-9}};
  EXPECT_THAT(informative_questions(rewards, *group), ElementsAre(3, 9));
  EXPECT_THAT(informative_questions({}, *group), IsEmpty());
  // One sample alone has nothing to differ from.
  const QuestionReward alone{2, 1};
  EXPECT_THAT(informative_questions({&alone, 1}, *group), IsEmpty());
}

}  // namespace
}  // namespace r1
