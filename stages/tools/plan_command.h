// The predicting half of r1-plan's command line.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace r1 {

struct PlanCommand {
  std::string config;
  std::string cluster = "this-machine";  // see cluster_of
  int nodes = 0, ranks_per_node = 0, gpus_per_node = -1;
  double memory_gib = 0;
  std::vector<std::string> overrides;  // --set
  std::string only;                    // one job; empty: all
  bool measure = false, paper = false;
  int threads = 1;
};

void add_plan_options(CLI::App& app, PlanCommand& command);
void run(const PlanCommand& command);

}  // namespace r1
