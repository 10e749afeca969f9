// What a pipeline's jobs ask of Slurm: [slurm] of its config, [slurm.JOB] over it, and the facts of
// a site, which are the same for every pipeline there.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "libr1/config/field.h"
#include "libr1/config/pipeline.h"

namespace r1 {

struct SlurmResources {
  int nodes = 1;
  int min_nodes = 0;
  int tasks_per_node = 1;
  int gpus_per_node = 0;
  int cpus_per_task = 1;
  std::string memory;
  std::string time = "1-00:00:00";
  std::string time_min;
  int signal_ahead_s = 0;
  int hang_timeout_s = 600;
  int max_requeues_without_progress = 3;
  int array = 0, array_at_once = 0;
  bool preflight = true;
  int64_t free_space_gib = 0;
  std::vector<std::string> extra;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("nodes", nodes, "nodes of the job", at_least(1));
    v.field("min_nodes", min_nodes,
            "fewest nodes it may run on, as after the loss of one; 0: not fewer than nodes. "
            "Equal bits need equal numbers",
            at_least(0));
    v.field("tasks_per_node", tasks_per_node, "ranks on a node", at_least(1));
    v.field("gpus_per_node", gpus_per_node, "GPUs on a node", at_least(0));
    v.field("cpus_per_task", cpus_per_task, "cores, and threads, of a rank", at_least(1));
    v.field("memory", memory, "of a node, such as 200G; empty: the partition's default");
    v.field("time", time, "limit of one life of the job, as sbatch takes it; it requeues itself");
    v.field("time_min", time_min, "shorter limit that Slurm may set to start it earlier");
    v.field("signal_ahead_s", signal_ahead_s,
            "seconds before the limit at which the stage is told to save; 0: from the measured "
            "time of its steps",
            at_least(0));
    v.field("hang_timeout_s", hang_timeout_s,
            "seconds a rank waits for another before the job ends and is requeued", at_least(1));
    v.field("max_requeues_without_progress", max_requeues_without_progress,
            "lives in a row that may end without a newer checkpoint", at_least(0));
    v.field("array", array,
            "n: a job array of n tasks shares the work out without talk, each task with these "
            "nodes, and one more job joins its parts; for r1-rejection-sampling and r1-evaluate",
            at_least(0));
    v.field("array_at_once", array_at_once,
            "how many tasks of the array may run at a time; 0: as many as there is room for",
            at_least(0));
    v.field("preflight", preflight, "check the nodes before the first step on them");
    v.field("free_space_gib", free_space_gib, "space that the run's folder must have left",
            at_least(0));
    v.field("extra", extra, "more options of sbatch, each whole: \"--reservation=r1\"");
  }
};

enum class Launcher : uint8_t { kSrunPmix, kSrunPmi2, kMpirun };
std::span<const EnumName<Launcher>> enum_names(Launcher);

struct SlurmSite {
  std::string partition, account, qos, constraint, scratch, container, bin;
  Launcher launcher = Launcher::kSrunPmix;
  std::vector<std::string> launcher_options, modules, environment, extra;
  std::vector<std::string> container_command = {"apptainer", "exec"};
  double slow_factor = 1.6;
  int start_timeout_s = 600;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("partition", partition, "sbatch --partition; empty: Slurm's default");
    v.field("account", account, "sbatch --account");
    v.field("qos", qos, "sbatch --qos");
    v.field("constraint", constraint, "sbatch --constraint");
    v.field("launcher", launcher, "how ranks are started");
    v.field("launcher_options", launcher_options,
            "more options of srun or mpirun, a word each: \"-m\", \"cyclic\"");
    v.field("modules", modules, "environment modules that a job loads, in this order");
    v.field("container", container, "image that the executables run in; empty: none");
    v.field("container_command", container_command, "what runs a command in the image");
    v.field("scratch", scratch, "folder for a node's temporary files (TMPDIR)");
    v.field("environment", environment, "variables of every job, each \"NAME=VALUE\"");
    v.field("bin", bin, "folder of the executables in a job; empty: that of r1-plan");
    v.field("slow_factor", slow_factor,
            "a rank this many times slower than the median fails the preflight", at_least(1));
    v.field("start_timeout_s", start_timeout_s,
            "seconds until the ranks of a life have met, else it is requeued", at_least(1));
    v.field("extra", extra, "more options of sbatch for every job");
  }
};

// By job name; of a job array also by joining_name. Fault::kInput lists every mistake of [slurm]
// with its line; what stands beside that table is not looked at.
std::map<std::string, SlurmResources> read_slurm(const std::string& config,
                                                 const std::vector<Job>& jobs);
SlurmSite read_slurm_site(const std::string& file);

// What the array of a job is called, whose parts the job itself then joins.
std::string parts_name(const std::string& job);
// What the table of [slurm] is called for the job that joins the parts: over one rank without GPUs,
// little memory, and none of a whole node's options.
std::string joining_name(const std::string& job);

// The shortest limit that Slurm may give the job.
int64_t shortest_life_s(const SlurmResources& job);

// The job's options of sbatch, each whole ("--nodes=2-3"); the site's extra ones come before the
// job's, which win.
std::vector<std::string> sbatch_options(const SlurmResources& job, const SlurmSite& site);

}  // namespace r1
