// r1-plan: what a pipeline's config will do, before anything is allocated.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "libr1/config/pipeline.h"
#include "libr1/core/error.h"
#include "stages/tools/plan_command.h"
#include "stages/tools/tool.h"

namespace r1 {
namespace {

// A line a job, for scripts: name, stage, and the jobs it waits for, parted by tabs; "-" for none.
void print_jobs(const std::string& config) {
  const std::vector<Job> jobs = read_pipeline(config);
  R1_CHECK_INPUT(!jobs.empty(), config, " has no [pipeline] with jobs");
  for (const Job& job : jobs) {
    std::string after;
    for (const std::string& name : job.after) after += (after.empty() ? "" : ",") + name;
    std::printf("%s\t%s\t%s\n", job.name.c_str(), job.stage.c_str(),
                after.empty() ? "-" : after.c_str());
  }
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  r1::PlanCommand command;
  bool jobs = false;
  CLI::App app("What a pipeline's config will do, before anything is allocated", "r1-plan");
  app.add_option("config", command.config, "TOML file with [pipeline], or a stage's table");
  app.add_flag("--jobs", jobs, "print name, stage and what it waits for, a line a job");
  r1::add_plan_options(app, command);
  CLI11_PARSE(app, argc, argv);
  return r1::run_tool("r1-plan", [&] { jobs ? r1::print_jobs(command.config) : r1::run(command); });
}
