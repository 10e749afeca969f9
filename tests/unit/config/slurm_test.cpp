#include "libr1/config/slurm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/message_of.h"

namespace r1 {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string write(const std::string& toml) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "slurm_test.toml";
  std::ofstream(path) << toml;
  return path.string();
}

std::map<std::string, SlurmResources> read_resources(const std::string& toml) {
  const std::string file = write("[pipeline]\njobs = [\"a\", \"b = a\"]\n[a]\n[b]\n" + toml);
  return read_slurm(file, read_pipeline(file));
}

std::string refused(const std::string& toml) {
  return testing::message_of([&] { read_resources(toml); });
}

std::string refused_time(const std::string& time) {
  return refused("[slurm]\ntime = \"" + time + "\"\n");
}

TEST(Slurm, JobsWinOverDefaultsKeyByKey) {
  const auto jobs = read_resources(
      "[slurm.b]\ntime = \"30\"\nextra = [\"--x\"]\n"
      "[slurm]\nnodes = 3\ntime = \"2-0\"\nextra = [\"--y\"]\n");
  EXPECT_EQ(jobs.at("a").nodes, 3);
  EXPECT_EQ(jobs.at("b").nodes, 3);
  EXPECT_EQ(jobs.at("a").time, "2-0");
  EXPECT_EQ(jobs.at("b").time, "30");
  EXPECT_THAT(jobs.at("a").extra, ElementsAre("--y"));
  EXPECT_THAT(jobs.at("b").extra, ElementsAre("--x"));
}

TEST(Slurm, OnlyWorkThatSplitsIsAnArray) {
  const auto array = [](const std::string& jobs, const std::string& job) {
    const std::string file = write("[pipeline]\njobs = [" + jobs + "]\n[a]\n[a-parts]\n[slurm." +
                                   job + "]\narray = 3\n");
    return testing::message_of([&] { read_slurm(file, read_pipeline(file)); });
  };
  EXPECT_EQ(array("\"a = r1-evaluate\"", "a"), "no error");
  EXPECT_EQ(array("\"a = r1-rejection-sampling\"", "a"), "no error");
  EXPECT_THAT(array("\"a = r1-sft\"", "a"),
              AllOf(HasSubstr("slurm.a.array is 3"), HasSubstr("r1-sft cannot be shared")));
  EXPECT_THAT(array("\"a = r1-evaluate\", \"a-parts = r1-sft\"", "a"),
              HasSubstr("a job may not be called a-parts"));
}

TEST(Slurm, JoiningTakesLittleOfWhatTheArrayTakes) {
  const auto read_array = [](const std::string& slurm) {
    const std::string file =
        write("[pipeline]\njobs = [\"a = r1-evaluate\", \"b = r1-sft\"]\n[a]\n[b]\n" + slurm);
    return read_slurm(file, read_pipeline(file));
  };
  const std::string array =
      "[slurm]\nnodes = 4\ntasks_per_node = 8\ngpus_per_node = 8\ncpus_per_task = 12\n"
      "memory = \"900G\"\nextra = [\"--exclusive\", \"--reservation=r\", \"--gres=nvme\"]\n"
      "[slurm.a]\narray = 3\narray_at_once = 2\nnodes = 1\n";
  const auto jobs = read_array(array);
  EXPECT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs.at("a").array_at_once, 2);
  EXPECT_EQ(jobs.at("a").memory, "900G");
  EXPECT_THAT(sbatch_options(jobs.at("a-join"), {}),
              ElementsAre("--nodes=1", "--ntasks-per-node=1", "--cpus-per-task=1", "--mem=16G",
                          "--time=1-00:00:00", "--reservation=r"));
  EXPECT_FALSE(jobs.at("a-join").preflight);
  const auto given = read_array(
      array +
      "[slurm.a-join]\nmemory = \"64G\"\nextra = [\"--partition=cpu\"]\ntime = \"1:0:0\"\n");
  EXPECT_THAT(sbatch_options(given.at("a-join"), {}),
              ElementsAre("--nodes=1", "--ntasks-per-node=1", "--cpus-per-task=1", "--mem=64G",
                          "--time=1:0:0", "--partition=cpu"));
  for (const auto& [of_parts, of_joining] :
       {std::pair("", ""), {"0", "16G"}, {"1T", "16G"}, {"20000", "16G"}, {"9000M", "9000M"}})
    EXPECT_EQ(read_array(concat("[slurm.a]\narray = 3\nmemory = \"", of_parts, "\"\n"))
                  .at("a-join")
                  .memory,
              of_joining);
  const auto refused_array = [&](const std::string& slurm) {
    return testing::message_of([&] { read_array(slurm); });
  };
  EXPECT_THAT(refused_array("[slurm.a-join]\nnodes = 1\n"), HasSubstr("unknown key"));
  EXPECT_THAT(refused_array("[slurm.b-join]\nnodes = 1\n"), HasSubstr("unknown key"));
  EXPECT_THAT(refused_array("[slurm.a]\narray = 2\n[slurm.a-join]\narray = 2\n"),
              HasSubstr("joined by one job"));
}

TEST(Slurm, FileWithoutTheTableTakesDefaults) {
  EXPECT_EQ(read_resources("").at("a").tasks_per_node, 1);
}

TEST(Slurm, LimitsAreReadAsSbatchReadsThem) {
  const auto seconds = [](const std::string& time) { return shortest_life_s({.time = time}); };
  EXPECT_EQ(seconds("90"), 5400);
  EXPECT_EQ(seconds("1:30"), 90);
  EXPECT_EQ(seconds("1:02:03"), 3723);
  EXPECT_EQ(seconds("2-3"), 2 * 86400 + 3 * 3600);
  EXPECT_EQ(seconds("1-02:03"), 86400 + 7380);
  EXPECT_EQ(seconds("1-02:03:04"), 86400 + 7384);
  EXPECT_EQ(shortest_life_s({.time = "2-0", .time_min = "10"}), 600);
  EXPECT_EQ(seconds("4294967295-0"), 4294967295 * 86400);
  for (const std::string wrong :
       {"x", "1:2:3:4", "1h", "-5", "5-", "1-x", "1:", ":1", "1::2", "+1", "1:-2"})
    EXPECT_THAT(refused_time(wrong), HasSubstr("expected minutes")) << wrong;
  for (const std::string large :
       {"99999999999999999999", "4294967296", "99999999999999999999-0", "1:2:4294967296"})
    EXPECT_THAT(refused_time(large), AllOf(HasSubstr("slurm.a.time is \"" + large + "\""),
                                           HasSubstr("each at most 4294967295")));
  EXPECT_THAT(refused_time(""), HasSubstr("must have a limit"));
}

TEST(Slurm, RefusesWhatSbatchOrTheScriptsCouldNotTake) {
  EXPECT_THAT(refused("[slurm]\nnode = 1\n"),
              AllOf(HasSubstr("slurm_test.toml:6"), HasSubstr("did you mean 'slurm.nodes'")));
  EXPECT_THAT(refused("[slurm.a]\ngpus = 1\n"), HasSubstr("unknown key 'slurm.a.gpus'"));
  EXPECT_THAT(refused("[slurm.c]\nnodes = 1\n"), HasSubstr("unknown key 'slurm.c'"));
  EXPECT_THAT(refused("[slurm]\nnodes = 0\n"), HasSubstr("at least 1"));
  EXPECT_THAT(refused("[slurm]\nmin_nodes = 2\n"), HasSubstr("at most nodes"));
  EXPECT_THAT(refused("[slurm]\nmemory = \"200GB\"\n"), HasSubstr("such as 200G"));
  EXPECT_THAT(refused("[slurm]\nextra = [\"exclusive\"]\n"), HasSubstr("whole option"));
  EXPECT_THAT(refused("[slurm]\nextra = [\"--a\\tb\"]\n"), HasSubstr("tab"));
  EXPECT_THAT(refused("[slurm]\ntime = \"10\"\nsignal_ahead_s = 600\n"), HasSubstr("less than"));
  const std::string clash = write("[pipeline]\njobs = [\"nodes = a\"]\n[nodes]\n");
  EXPECT_THAT(testing::message_of([&] { read_slurm(clash, read_pipeline(clash)); }),
              HasSubstr("may not be called nodes"));
}

TEST(Slurm, OptionsAreWholeAndTheJobsComeLast) {
  const SlurmResources job{
      .nodes = 3, .min_nodes = 2, .gpus_per_node = 8, .memory = "1T", .extra = {"--nice=5"}};
  SlurmSite site;
  site.account = "my project";
  site.extra = {"--nice=1"};
  const auto options = sbatch_options(job, site);
  EXPECT_THAT(options, Contains("--nodes=2-3"));
  EXPECT_THAT(options, Contains("--gpus-per-node=8"));
  EXPECT_THAT(options, Contains("--mem=1T"));
  EXPECT_THAT(options, Contains("--account=my project"));
  EXPECT_THAT(options, Not(Contains(HasSubstr("partition"))));
  EXPECT_EQ(options[options.size() - 2], "--nice=1");
  EXPECT_EQ(options.back(), "--nice=5");
  EXPECT_THAT(sbatch_options({.nodes = 3, .min_nodes = 3}, {}), Contains("--nodes=3"));
  EXPECT_THAT(
      sbatch_options({.nodes = 3, .min_nodes = 1, .tasks_per_node = 2, .cpus_per_task = 4}, {}),
      AllOf(Contains("--nodes=1-3"), Contains("--cpus-per-task=8"),
            Not(Contains(HasSubstr("ntasks")))));
}

TEST(Slurm, SiteIsStrict) {
  const auto refused_site = [](const std::string& toml) {
    return testing::message_of([&] { read_slurm_site(write(toml)); });
  };
  EXPECT_EQ(read_slurm_site(write("launcher = \"mpirun\"\n")).launcher, Launcher::kMpirun);
  EXPECT_THAT(refused_site("launcher = \"srun\"\n"), HasSubstr("\"srun-pmix\""));
  EXPECT_THAT(refused_site("partitions = \"x\"\n"), HasSubstr("did you mean 'partition'"));
  EXPECT_THAT(refused_site("environment = [\"X\"]\n"), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(refused_site("account = \"a\\nb\"\n"), HasSubstr("line's end"));
}

}  // namespace
}  // namespace r1
