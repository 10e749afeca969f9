#include "stages/tools/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "stages/tools/preflight_facts.h"
#include "stages/tools/preflight_speed.h"

namespace r1 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

auto problem(const std::string& node, const std::string& text) {
  return AllOf(Field(&Problem::node, node), Field(&Problem::what, HasSubstr(text)));
}

TEST(Preflight, NamesTheNodeThatDiffers) {
  const std::vector<std::string> nodes = {"a", "a", "b", "c"};
  const Facts usual = {{"glibc", "2.36"}, {"libx.so", "1"}};
  const Facts other = {{"glibc", "2.28"}, {"libx.so", "1"}};
  const Facts absent = {{"glibc", "2.36"}};
  EXPECT_THAT(differences(nodes, {usual, usual, usual, usual}), IsEmpty());
  EXPECT_THAT(differences(nodes, {usual, usual, other, usual}),
              ElementsAre(problem("b", "glibc is 2.28, on most others 2.36")));
  EXPECT_THAT(differences(nodes, {usual, usual, usual, absent}),
              ElementsAre(problem("c", "libx.so is absent")));
  // One line a node and fact, whatever the number of its ranks.
  EXPECT_THAT(differences({"a", "a", "b", "c", "d"}, {other, other, usual, usual, usual}),
              ElementsAre(problem("a", "2.28")));
}

TEST(Preflight, SlowIsMeasuredAgainstTheMedian) {
  const std::vector<std::string> nodes = {"a", "a", "b", "c"};
  EXPECT_THAT(slow_nodes(nodes, {1.0, 1.1, 1.2, 1.25}, 1.3, "x"), IsEmpty());
  EXPECT_THAT(slow_nodes(nodes, {1.0, 1.1, 1.0, 2.0}, 1.3, "sums"),
              ElementsAre(problem("c", "sums take 2e+03 ms there (rank 3)")));
  // Half of the ranks slow: the lower of the two middle times is the usual one.
  EXPECT_THAT(slow_nodes(nodes, {9.0, 8.0, 1.0, 1.0}, 1.3, "x"),
              ElementsAre(problem("a", "rank 0")));
  EXPECT_THAT(slow_nodes({"a"}, {5.0}, 1, "x"), IsEmpty());
}

TEST(Preflight, OneRankInAGoodFolderIsFit) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "preflight_test";
  std::filesystem::create_directories(folder);
  const auto group = self_group();
  const auto checks = preflight({.folder = folder.string()}, *group);
  EXPECT_GT(checks.size(), 8u);
  for (const Check& check : checks) EXPECT_THAT(check.problems, IsEmpty()) << check.name;
  EXPECT_TRUE(std::filesystem::is_empty(folder)) << "files were left behind";
  EXPECT_THAT(preflight_report(checks), Not(HasSubstr("exclude")));
}

TEST(Preflight, ReportSaysWhatToExclude) {
  const std::string report = preflight_report(
      {{"ranks", "2", {}}, {"memory", "", {{"n2", "slow"}, {"n1", "slower"}, {"n2", "slowest"}}}});
  EXPECT_THAT(report, HasSubstr("ok      ranks         2\n"));
  EXPECT_THAT(report, HasSubstr("FAILED  memory        n2: slow\n"));
  EXPECT_THAT(report, HasSubstr("--exclude=n1,n2\n"));
}

TEST(Preflight, FindingsAreALineAProblem) {
  const std::vector<Check> found = {
      {"ranks", "2", {}}, {"memory", "", {{"n2", "slow"}}}, {"free space", "", {{"", "none"}}}};
  EXPECT_EQ(preflight_findings(found), "n2\tmemory\n-\tfree space\n");
  EXPECT_FALSE(is_fit(found));
  EXPECT_TRUE(is_fit({{"ranks", "2", {}}}));
  // What no stage needs is told, but is not a finding.
  const std::vector<Check> harmless = {{"flock", "", {{"n2", "none"}}, true}};
  EXPECT_TRUE(is_fit(harmless));
  EXPECT_EQ(preflight_findings(harmless), "");
  EXPECT_EQ(preflight_report(harmless), "WARNING flock         n2: none\n");
}

TEST(Preflight, TooLittleSpaceBlamesNoNode) {
  const auto group = self_group();
  const auto checks =
      preflight({.folder = ::testing::TempDir(), .free_gib = 1'000'000'000}, *group);
  const std::string report = preflight_report(checks);
  EXPECT_THAT(report, HasSubstr("asks for 1000000000"));
  EXPECT_THAT(report, Not(HasSubstr("exclude")));
}

}  // namespace
}  // namespace r1
