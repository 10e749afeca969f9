// r1-plan: what a pipeline's config will do, before anything is allocated.
#include <CLI/CLI.hpp>

#include "stages/tools/plan_command.h"
#include "stages/tools/plan_jobs.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  r1::PlanCommand command;
  std::string site;
  bool jobs = false;
  CLI::App app("What a pipeline's config will do, before anything is allocated", "r1-plan");
  app.add_option("config", command.config, "TOML file with [pipeline], or a stage's table");
  app.add_flag("--jobs", jobs, "print name, stage and what it waits for, a line a job");
  app.add_option("--site", site, "a site's facts: print what Slurm is asked for as well");
  r1::add_plan_options(app, command);
  return r1::run_tool(app, argc, argv, [&] {
    if (!jobs) return r1::run(command);
    if (site.empty()) return r1::print_jobs(command.config);
    r1::print_slurm_jobs(command.config, command.overrides, site);
  });
}
