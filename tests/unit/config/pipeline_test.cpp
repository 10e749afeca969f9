#include "libr1/config/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/message_of.h"

namespace r1 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<Job> read_jobs(const std::string& toml) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "pipeline_test.toml";
  std::ofstream(path) << toml;
  return read_pipeline(path.string());
}

std::string refusal(const std::string& toml) {
  return testing::message_of([&] { read_jobs(toml); });
}

TEST(Pipeline, WaitsForTheJobsWhoseFilesItNames) {
  const auto jobs = read_jobs(R"(
[pipeline]
jobs = ["last = r1-evaluate", "r1-sft", "r1-zero", " b= r1-zero "]
[last]
models = ["a={run}/r1-zero", "b={run}/r1-sft/step-000003", "c={run}/b"]
[r1-sft]
own = "{run}/r1-sft/examples.h5"
inner.deep.list = [["x", "{run}/r1-zero"], ["{run}/r1-zero/y"]]
[r1-zero]
base = "elsewhere/r1-sft"
[b]
)");
  ASSERT_EQ(jobs.size(), 4u);
  EXPECT_EQ(jobs[0].name, "r1-zero");
  EXPECT_THAT(jobs[0].after, IsEmpty());
  EXPECT_EQ(jobs[1].name, "r1-sft");
  EXPECT_THAT(jobs[1].after, ElementsAre("r1-zero"));
  EXPECT_EQ(jobs[2].name, "b");
  EXPECT_EQ(jobs[2].stage, "r1-zero");
  EXPECT_EQ(jobs[3].name, "last");
  EXPECT_THAT(jobs[3].after, ElementsAre("r1-zero", "r1-sft", "b"));
}

// A template may begin with a word in braces, and have any inside.
TEST(Pipeline, LeavesTemplatesAlone) {
  const auto jobs = read_jobs(R"(
[pipeline]
jobs = ["a"]
[a]
templates = ["{question}/no_think", "x={answer}/{y}/", "\\frac{a}/{b}", "{question} {b}/", "{a"]
)");
  EXPECT_THAT(jobs[0].after, IsEmpty());
}

TEST(Pipeline, FileWithoutPipelineHasNoJobs) { EXPECT_THAT(read_jobs("[r1-zero]\n"), IsEmpty()); }

TEST(Pipeline, RefusesWhatCannotRun) {
  EXPECT_THAT(refusal("[pipeline]\n"), HasSubstr("list of texts"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [1]\n"), HasSubstr("list of texts"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"a\"]\nmore = 1\n[a]\n"), HasSubstr("one key"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"a\", \"a = b\"]\n[a]\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"a\"]\n"), HasSubstr("no table [a]"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"../a\"]\n"), HasSubstr("letters"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"a = \"]\n[a]\n"), HasSubstr("letters"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"a\"]\n[a]\nx = \"{run}/b\"\n"),
              HasSubstr("no job is called b"));
  EXPECT_THAT(refusal("[pipeline]\njobs = [\"a\", \"b\"]\n[a]\nx = \"{run}/b\"\n"
                      "[b]\nx = \"{run}/a\"\n"),
              HasSubstr("waits for itself"));
  EXPECT_THAT(refusal("[pipeline\n"), HasSubstr("pipeline_test.toml:1"));
}

}  // namespace
}  // namespace r1
