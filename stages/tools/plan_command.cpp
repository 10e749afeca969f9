#include "stages/tools/plan_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>

#include "libr1/config/config.h"
#include "libr1/config/number_text.h"
#include "libr1/config/slurm.h"
#include "libr1/core/error.h"
#include "stages/tools/plan_jobs.h"
#include "stages/tools/plan_measure.h"
#include "stages/tools/plan_paper.h"
#include "stages/tools/plan_report.h"

namespace r1 {
namespace {

// How many nodes and ranks a job has. 0, and of GPUs -1: as the cluster says.
struct JobShape {
  int nodes = 0, ranks_per_node = 0, gpus_per_node = -1;

  bool says_node() const { return ranks_per_node > 0 || gpus_per_node >= 0; }
};

ClusterConfig shaped(ClusterConfig cluster, const JobShape& shape, double memory_gib) {
  if (shape.nodes > 0) cluster.nodes = shape.nodes;
  if (shape.gpus_per_node >= 0) {
    cluster.gpus_per_node = shape.gpus_per_node;
    if (shape.gpus_per_node > 0) cluster.ranks_per_node = shape.gpus_per_node;
  }
  if (shape.ranks_per_node > 0) {
    cluster.memory_gib *=
        cluster.gpus_per_node > 0 ? 1.0 : 1.0 * cluster.ranks_per_node / shape.ranks_per_node;
    cluster.ranks_per_node = shape.ranks_per_node;
  }
  if (cluster.gpus_per_node > 0) {
    R1_CHECK_INPUT(cluster.ranks_per_node <= cluster.gpus_per_node, cluster.ranks_per_node,
                   " ranks on a node of ", cluster.gpus_per_node,
                   " GPUs: a rank computes on a GPU of its own; give fewer --ranks-per-node");
    cluster.gpus_per_node = cluster.ranks_per_node;  // the others would be idle
  }
  if (memory_gib > 0) cluster.memory_gib = memory_gib;
  return cluster;
}

// What the config's [slurm] asks for, by job; empty without such a table.
std::map<std::string, SlurmResources> resources_of(const std::string& config,
                                                   const std::vector<JobWork>& works) {
  const std::vector<std::string> tables = table_names(config);
  if (std::ranges::find(tables, "slurm") == tables.end()) return {};
  std::vector<Job> jobs;
  for (const JobWork& work : works) jobs.push_back({work.name, work.stage, {}});
  return read_slurm(config, jobs);
}

// The job as the config submits it, but for what the command line asks for.
PlannedJob as_submitted(const JobWork& work, const SlurmResources& own, JobShape shape,
                        double memory_gib, const ClusterConfig& cluster) {
  const bool same_kind = (own.gpus_per_node > 0) == (cluster.gpus_per_node > 0);
  const bool own_nodes = same_kind && shape.nodes == 0;
  const bool own_ranks = same_kind && !shape.says_node();
  if (own_nodes) shape.nodes = own.nodes;
  if (own_ranks) shape = {shape.nodes, own.tasks_per_node, own.gpus_per_node};
  PlannedJob job{work, shaped(cluster, shape, memory_gib)};
  constexpr const char* kOwn = " (the config's)";
  std::string note = concat("nodes ", job.cluster.nodes, own_nodes ? kOwn : "", ", ranks a node ",
                            job.cluster.ranks_per_node, own_ranks ? kOwn : "");
  if (!same_kind)
    note += concat(", as the config's [slurm] is for nodes ",
                   own.gpus_per_node > 0 ? "with" : "without", " GPUs");
  if (own.array > 0) {
    job.work.array = own.array;
    job.work.steps = (work.steps + own.array - 1) / own.array;
    note += concat("; one of the ", own.array, " tasks of an array");
  }
  job.work.notes.insert(job.work.notes.begin(), note);
  return job;
}

void plan_on_gpus(PlannedJob& job) {
  if (job.cluster.gpus_per_node == 0 || job.work.compute.device == Device::kCuda) return;
  job.work.compute.device = Device::kCuda;
  job.work.notes.push_back("planned with compute.device = \"cuda\"");
}

void plan_jobs(const PlanCommand& command, const JobShape& asked, const ClusterConfig& cluster) {
  const std::vector<JobWork> works = read_work(command.config, command.overrides);
  std::map<std::string, SlurmResources> resources;
  if (asked.nodes == 0 || !asked.says_node()) resources = resources_of(command.config, works);
  const ClusterConfig as_asked = shaped(cluster, asked, command.memory_gib);
  std::vector<PlannedJob> jobs;
  for (const JobWork& work : works) {
    if (!command.only.empty() && work.name != command.only) continue;
    jobs.push_back(resources.empty() ? PlannedJob{work, as_asked}
                                     : as_submitted(work, resources.at(work.name), asked,
                                                    command.memory_gib, cluster));
    const ClusterConfig& on = jobs.back().cluster;
    check_ranks(work.name, on.nodes, on.ranks_per_node, work.mesh);
    plan_on_gpus(jobs.back());
  }
  R1_CHECK_INPUT(!jobs.empty(), command.config, " has no job ", command.only);
  const std::string shape =
      resources.empty()
          ? concat("nodes ", as_asked.nodes, ", ranks a node ", as_asked.ranks_per_node)
          : std::string("nodes and ranks of each job as [slurm] of the config has them");
  print_plan(jobs,
             concat(cluster.name, ": ", shape, cluster.source.empty() ? "" : "; ", cluster.source));
}

}  // namespace

void add_plan_options(CLI::App& app, PlanCommand& command) {
  app.add_option("--cluster", command.cluster,
                 "this-machine, 8xH100, 8xH200, or a TOML file such as --measure prints")
      ->capture_default_str();
  app.add_option("--nodes", command.nodes,
                 "of each job [as [slurm] of the config says, or the cluster]")
      ->check(NumberIn<int>{between(1, 100000)});
  app.add_option("--ranks-per-node", command.ranks_per_node,
                 "[as [slurm] of the config says, or the cluster]")
      ->check(NumberIn<int>{between(1, 4096)});
  app.add_option("--gpus-per-node", command.gpus_per_node, "ranks are one a GPU then")
      ->check(NumberIn<int>{between(0, 4096)});
  app.add_option("--memory-gib", command.memory_gib, "of a rank")
      ->check(NumberIn<double>{between(1e-3, 1e6)});
  app.add_option("--set", command.overrides, "table.key=value, over the config");
  app.add_option("--only", command.only, "one job of the config");
  app.add_flag("--measure", command.measure,
               "measure a rank's rates here for some seconds, and print a cluster's TOML");
  app.add_option("--threads", command.threads, "of a rank, for --measure")
      ->capture_default_str()
      ->check(NumberIn<int>{between(1, 4096)});
  app.add_flag("--paper", command.paper, "DeepSeek-R1-Zero itself: 671B on 64 nodes of 8 H800");
}

void run(const PlanCommand& command) {
  if (command.paper) return print_paper_plan();
  const ClusterConfig cluster = cluster_of(command.cluster);
  const JobShape asked{command.nodes, command.ranks_per_node, command.gpus_per_node};
  if (command.measure) {
    ClusterConfig measured = shaped(cluster, asked, command.memory_gib);
    measure_rates(command.threads, measured);
    std::fputs(write_config(measured).c_str(), stdout);
    return;
  }
  R1_CHECK_INPUT(!command.config.empty(), "give a config, or --measure, or --paper; see --help");
  plan_jobs(command, asked, cluster);
}

}  // namespace r1
