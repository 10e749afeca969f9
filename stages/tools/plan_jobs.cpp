#include "stages/tools/plan_jobs.h"

#include <cstdio>
#include <filesystem>

#include "libr1/config/config.h"
#include "libr1/config/slurm.h"
#include "libr1/core/error.h"
#include "libr1/stage/job_config.h"

namespace r1 {
namespace {

std::vector<Job> jobs_of(const std::string& config) {
  std::vector<Job> jobs = read_jobs(config);
  R1_CHECK_INPUT(!jobs.empty(), config, " has no [pipeline] with jobs");
  return jobs;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "-" : text;
}

template <class... Parts>
void print_line(const Parts&... parts) {
  std::string line;
  ((line += concat(line.empty() ? "" : "\t", parts)), ...);
  std::puts(line.c_str());
}

// Where the jobs find the executables: beside this one, unless the site says otherwise.
std::string bin_of(const SlurmSite& site) {
  if (!site.bin.empty()) return site.bin;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

struct SlurmJob {
  std::string name, folder, stage;  // folder: what --as names
  std::vector<std::string> after;
  SlurmResources resources;
  std::vector<std::string> arguments;  // of the stage
};

// A job, or two where the first is an array.
std::vector<SlurmJob> slurm_jobs(const Job& job,
                                 const std::map<std::string, SlurmResources>& resources) {
  const SlurmResources& own = resources.at(job.name);
  if (own.array == 0) return {{job.name, job.name, job.stage, job.after, own, {}}};
  return {{parts_name(job.name), job.name, job.stage, job.after, own, {}},
          {job.name,
           job.name,
           job.stage,
           {parts_name(job.name)},
           resources.at(joining_name(job.name)),
           {"--set", concat(job.name, ".join=", own.array)}}};
}

void print_settings(const SlurmJob& job, const SlurmSite& site) {
  const SlurmResources& resources = job.resources;
  const auto setting = [&](const char* key, const auto& value) {
    print_line("setting", job.name, key, value);
  };
  const auto settings = [&](const char* key, const std::vector<std::string>& values) {
    for (const std::string& value : values) setting(key, value);
  };
  setting("folder", job.folder);
  settings("arguments", job.arguments);
  if (resources.array > 0) setting("array", resources.array);
  if (resources.array_at_once > 0) setting("array_at_once", resources.array_at_once);
  setting("bin", bin_of(site));
  setting("nodes", resources.nodes);
  setting("tasks_per_node", resources.tasks_per_node);
  setting("gpus_per_node", resources.gpus_per_node);
  setting("cpus_per_task", resources.cpus_per_task);
  setting("time_s", shortest_life_s(resources));
  setting("signal_ahead_s", resources.signal_ahead_s);
  setting("hang_timeout_s", resources.hang_timeout_s);
  setting("max_requeues_without_progress", resources.max_requeues_without_progress);
  setting("preflight", resources.preflight ? "yes" : "no");
  setting("free_space_gib", resources.free_space_gib);
  setting("slow_factor", site.slow_factor);
  setting("start_timeout_s", site.start_timeout_s);
  setting("launcher", enum_name(site.launcher));
  settings("launcher_options", site.launcher_options);
  settings("modules", site.modules);
  settings("environment", site.environment);
  if (!site.scratch.empty()) setting("scratch", site.scratch);
  if (site.container.empty()) return;
  settings("container", site.container_command);
  setting("container", site.container);
}

struct MeshOnly {
  MeshConfig mesh;

  template <class Visitor>
  void visit(Visitor& v) {
    v.table("mesh", mesh, "how the ranks share the work");
  }
};

// [mesh], and that of the job over it; the rest of the file is not looked at.
MeshConfig mesh_of_job(const std::string& config, const std::vector<std::string>& overrides,
                       const std::string& job) {
  ConfigSource source{.file = config, .foreign_tables = {"seed"}, .stage_table = job};
  for (const std::string& text : overrides)
    if (text.starts_with("mesh.") || text.starts_with(job + ".mesh."))
      source.overrides.push_back(text);
  for (const std::string& name : table_names(config))
    if (name != "mesh") source.foreign_tables.push_back(name);
  return read_config<MeshOnly>(source).mesh;
}

// On as many nodes as it may get. What joins an array shares no model.
void check_mesh(const std::string& config, const std::vector<std::string>& overrides,
                const Job& job, const SlurmResources& resources) {
  const MeshConfig mesh = mesh_of_job(config, overrides, job.name);
  const int fewest = resources.min_nodes > 0 ? resources.min_nodes : resources.nodes;
  for (int nodes = fewest; nodes <= resources.nodes; ++nodes)
    check_ranks(concat(config, ": slurm.", job.name), nodes, resources.tasks_per_node, mesh);
}

}  // namespace

void check_ranks(const std::string& job, int nodes, int ranks_per_node, const MeshConfig& mesh) {
  const int ranks = nodes * ranks_per_node;
  R1_CHECK_INPUT(mesh.dp_of(ranks) * mesh.tp == ranks, job, ": ", nodes, " nodes of ",
                 ranks_per_node, " ranks are ", ranks, " ranks, which mesh.tp = ", mesh.tp,
                 mesh.dp > 0 ? concat(" and mesh.dp = ", mesh.dp, " do not make")
                             : std::string(" does not divide"),
                 "; change one of them");
}

void print_jobs(const std::string& config) {
  for (const Job& job : jobs_of(config)) print_line(job.name, job.stage, joined(job.after));
}

void print_slurm_jobs(const std::string& config, const std::vector<std::string>& overrides,
                      const std::string& site_file) {
  const std::vector<Job> jobs = jobs_of(config);
  const auto resources = read_slurm(config, jobs);
  const SlurmSite site = read_slurm_site(site_file);
  for (const Job& job : jobs) check_mesh(config, overrides, job, resources.at(job.name));
  for (const Job& whole : jobs)
    for (const SlurmJob& job : slurm_jobs(whole, resources)) {
      print_line("job", job.name, job.stage, joined(job.after));
      for (const std::string& option : sbatch_options(job.resources, site))
        print_line("sbatch", job.name, option);
      print_settings(job, site);
    }
}

}  // namespace r1
