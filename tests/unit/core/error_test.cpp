#include "libr1/core/error.h"

#include <gmock/gmock.h>

#include <string>

namespace r1 {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Check, PassesWithoutEvaluatingTheMessage) {
  int evaluated = 0;
  const auto message = [&] { return ++evaluated; };
  R1_CHECK(1 + 1 == 2, message());
  R1_CHECK_INPUT(true, message());
  EXPECT_EQ(evaluated, 0);
}

TEST(Check, EvaluatesItsConditionOnce) {
  int evaluated = 0;
  R1_CHECK(++evaluated > 0, "");
  EXPECT_EQ(evaluated, 1);
}

TEST(Check, OurFaultNamesThePlaceFromTheRootOfTheTree) {
  try {
    R1_CHECK(false, "found ", 3, " rows, expected ", 4.5);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kRun);
    EXPECT_THAT(error.what(),
                HasSubstr("found 3 rows, expected 4.5 [tests/unit/core/error_test.cpp:"));
    EXPECT_THAT(error.what(), Not(HasSubstr("//")));
  }
}

TEST(Check, TheUsersFaultIsTheMessageAlone) {
  try {
    R1_CHECK_INPUT(false, "no such key '", "lr", "'");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::kInput);
    EXPECT_STREQ(error.what(), "no such key 'lr'");
  }
}

TEST(Check, IsOneStatement) {
  bool other_branch = false;
  if (false)
    R1_CHECK(false, "not here");
  else
    other_branch = true;
  EXPECT_TRUE(other_branch);
}

TEST(Concat, TakesAnything) { EXPECT_EQ(concat("a", 1, 'b', std::string("c"), -2.5), "a1bc-2.5"); }

}  // namespace
}  // namespace r1
