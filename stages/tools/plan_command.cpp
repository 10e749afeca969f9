#include "stages/tools/plan_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libr1/config/config.h"
#include "libr1/core/error.h"
#include "stages/tools/plan_measure.h"
#include "stages/tools/plan_paper.h"
#include "stages/tools/plan_report.h"

namespace r1 {

void add_plan_options(CLI::App& app, PlanCommand& command) {
  app.add_option("--cluster", command.cluster,
                 "this-machine, 8xH100, 8xH200, or a TOML file such as --measure prints")
      ->capture_default_str();
  app.add_option("--nodes", command.nodes, "nodes of each job")->check(CLI::Range(1, 100000));
  app.add_option("--ranks-per-node", command.ranks_per_node)->check(CLI::Range(1, 4096));
  app.add_option("--gpus-per-node", command.gpus_per_node, "ranks are one a GPU then")
      ->check(CLI::Range(0, 4096));
  app.add_option("--memory-gib", command.memory_gib, "of a rank")->check(CLI::Range(1e-3, 1e6));
  app.add_option("--set", command.overrides, "table.key=value, over the config");
  app.add_option("--only", command.only, "one job of the config");
  app.add_flag("--measure", command.measure,
               "measure a rank's rates here for some seconds, and print a cluster's TOML");
  app.add_option("--threads", command.threads, "of a rank, for --measure")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_flag("--paper", command.paper, "DeepSeek-R1-Zero itself: 671B on 64 nodes of 8 H800");
}

void run(const PlanCommand& command) {
  if (command.paper) return print_paper_plan();
  ClusterConfig cluster = cluster_of(command.cluster);
  if (command.nodes > 0) cluster.nodes = command.nodes;
  if (command.gpus_per_node >= 0) {
    cluster.gpus_per_node = command.gpus_per_node;
    if (command.gpus_per_node > 0) cluster.ranks_per_node = command.gpus_per_node;
  }
  if (command.ranks_per_node > 0) {
    cluster.memory_gib *=
        cluster.gpus_per_node > 0 ? 1.0 : 1.0 * cluster.ranks_per_node / command.ranks_per_node;
    cluster.ranks_per_node = command.ranks_per_node;
  }
  if (cluster.gpus_per_node > 0) {
    R1_CHECK_INPUT(cluster.ranks_per_node <= cluster.gpus_per_node, cluster.ranks_per_node,
                   " ranks on a node of ", cluster.gpus_per_node,
                   " GPUs: a rank computes on a GPU of its own; give fewer --ranks-per-node");
    cluster.gpus_per_node = cluster.ranks_per_node;  // the others would be idle
  }
  if (command.memory_gib > 0) cluster.memory_gib = command.memory_gib;
  if (command.measure) {
    measure_rates(command.threads, cluster);
    std::fputs(write_config(cluster).c_str(), stdout);
    return;
  }
  R1_CHECK_INPUT(!command.config.empty(), "give a config, or --measure, or --paper; see --help");
  std::vector<JobWork> works = read_work(command.config, command.overrides);
  for (JobWork& work : works) {
    if (cluster.gpus_per_node == 0 || work.compute.device == Device::kCuda) continue;
    work.compute.device = Device::kCuda;
    work.notes.push_back("planned with compute.device = \"cuda\"");
  }
  if (!command.only.empty())
    std::erase_if(works, [&](const JobWork& work) { return work.name != command.only; });
  R1_CHECK_INPUT(!works.empty(), command.config, " has no job ", command.only);
  print_plan(works, cluster);
}

}  // namespace r1
