#include "libr1/config/slurm.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>

#include "libr1/config/config.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

// [slurm] as one table of fields: the defaults, and a table a job.
struct SlurmTables {
  SlurmResources defaults;
  std::map<std::string, SlurmResources> jobs;

  template <class Visitor>
  void visit(Visitor& v) {
    defaults.visit(v);
    for (auto& [name, resources] : jobs) v.table(name.c_str(), resources, "of this job");
  }
};

struct SlurmFile {
  SlurmTables slurm;
  template <class Visitor>
  void visit(Visitor& v) {
    v.table("slurm", slurm, "what the jobs ask of Slurm");
  }
};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// Days and minutes in a limit's text: 32 bits, as Slurm keeps them.
using Count = uint32_t;

std::optional<int64_t> count_of(std::string_view text) {
  Count count = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc() || end != last) return std::nullopt;
  return count;
}

// Seconds of a limit as sbatch takes it: minutes, minutes:seconds, hours:minutes:seconds,
// days-hours, days-hours:minutes or days-hours:minutes:seconds.
std::optional<int64_t> seconds_of(std::string_view text) {
  const size_t dash = text.find('-');
  int64_t seconds = 0;
  if (dash != text.npos) {
    const auto days = count_of(text.substr(0, dash));
    if (!days) return std::nullopt;
    seconds = *days * 86400;
    text.remove_prefix(dash + 1);
  }
  std::vector<int64_t> parts;
  for (bool more = true; more; text.remove_prefix(more ? text.find(':') + 1 : 0)) {
    const size_t colon = text.find(':');
    const auto part = count_of(text.substr(0, colon));
    if (!part) return std::nullopt;
    parts.push_back(*part);
    more = colon != text.npos;
  }
  if (parts.size() > 3) return std::nullopt;
  const bool hours_first = dash != text.npos || parts.size() == 3;
  int64_t unit = hours_first ? 3600 : 60;
  for (const int64_t part : parts) {
    seconds += part * unit;
    unit /= 60;
  }
  return seconds;
}

bool is_slurm_memory(std::string_view text) {
  if (!text.empty() && std::string_view("KMGT").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return all_digits(text);
}

// The scripts read these texts a line each.
void check_one_line(const std::string& text, const std::string& where) {
  const bool has_control = std::ranges::any_of(text, [](unsigned char c) { return c < 32; });
  R1_CHECK_INPUT(!has_control, where, " has a tab or a line's end in it");
}

void check_options(const std::vector<std::string>& options, const std::string& where) {
  for (const std::string& option : options) {
    check_one_line(option, where);
    R1_CHECK_INPUT(option.starts_with("-"), where, " has \"", option,
                   "\", expected a whole option such as \"--reservation=r1\"");
  }
}

void check_resources(const SlurmResources& job, const std::string& where) {
  R1_CHECK_INPUT(job.min_nodes <= job.nodes, where, ".min_nodes is ", job.min_nodes,
                 ", expected at most nodes, ", job.nodes);
  for (const auto& [key, text] : {std::pair("time", job.time), {"time_min", job.time_min}})
    R1_CHECK_INPUT(
        text.empty() || seconds_of(text), where, ".", key, " is \"", text,
        "\", expected minutes, hours:minutes:seconds or days-hours:minutes:seconds, each "
        "at most ",
        std::numeric_limits<Count>::max());
  R1_CHECK_INPUT(!job.time.empty(), where, ".time is empty; a job must have a limit");
  R1_CHECK_INPUT(job.signal_ahead_s < shortest_life_s(job), where, ".signal_ahead_s is ",
                 job.signal_ahead_s, ", expected less than the time limit, ", shortest_life_s(job));
  R1_CHECK_INPUT(job.memory.empty() || is_slurm_memory(job.memory), where, ".memory is \"",
                 job.memory, "\", expected a number with K, M, G or T, such as 200G");
  R1_CHECK_INPUT(job.gpus_per_node == 0 || job.tasks_per_node <= job.gpus_per_node, where,
                 ".tasks_per_node is ", job.tasks_per_node, ", expected at most gpus_per_node, ",
                 job.gpus_per_node, ": a rank computes on a GPU of its own");
  check_options(job.extra, where + ".extra");
}

bool splits(const Job& job) {
  return job.stage == "r1-rejection-sampling" || job.stage == "r1-evaluate";
}

void check_array(const SlurmResources& resources, const Job& job, const std::vector<Job>& jobs,
                 const std::string& config) {
  if (resources.array == 0) return;
  R1_CHECK_INPUT(splits(job), config, ": slurm.", job.name, ".array is ", resources.array,
                 ", but the work of ", job.stage,
                 " cannot be shared without talk; only that of r1-rejection-sampling "
                 "and r1-evaluate can");
  for (const Job& other : jobs)
    R1_CHECK_INPUT(other.name != parts_name(job.name) && other.name != joining_name(job.name),
                   config, ": a job may not be called ", other.name, " beside slurm.", job.name,
                   ".array");
}

// Options of sbatch that ask for a whole node, its GPUs or its memory.
bool is_of_the_parts(const std::string& option) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"--exclusive", "--gres", "--gpu", "--mem"},
      [&](std::string_view start) { return option.starts_with(start); });
}

// Of a memory as sbatch takes it; its 0 is all that a node has.
double gib_of(const std::string& memory) {
  const double number = std::strtod(memory.c_str(), nullptr);
  if (number == 0) return std::numeric_limits<double>::infinity();
  switch (memory.back()) {
    case 'K':
      return number / (1 << 20);
    case 'G':
      return number;
    case 'T':
      return number * 1024;
    default:
      return number / 1024;
  }
}

// It reads the parts' samples some thousand at a time.
SlurmResources joining_of(const SlurmResources& parts) {
  SlurmResources joining = parts;
  joining.array = joining.array_at_once = joining.min_nodes = joining.gpus_per_node = 0;
  joining.nodes = joining.tasks_per_node = joining.cpus_per_task = 1;
  joining.preflight = false;
  if (!parts.memory.empty() && gib_of(parts.memory) > 16) joining.memory = "16G";
  std::erase_if(joining.extra, is_of_the_parts);
  return joining;
}

// Tables of the jobs that join arrays, which begin with what those jobs ask for.
void add_joining(const std::vector<Job>& jobs, std::map<std::string, SlurmResources>& resources) {
  for (const Job& job : jobs) {
    if (resources.at(job.name).array > 0)
      resources[joining_name(job.name)] = joining_of(resources.at(job.name));
    else if (std::ranges::find(jobs, joining_name(job.name), &Job::name) == jobs.end())
      resources.erase(joining_name(job.name));
  }
}

}  // namespace

std::span<const EnumName<Launcher>> enum_names(Launcher) {
  static constexpr EnumName<Launcher> kNames[] = {{Launcher::kSrunPmix, "srun-pmix"},
                                                  {Launcher::kSrunPmi2, "srun-pmi2"},
                                                  {Launcher::kMpirun, "mpirun"}};
  return kNames;
}

std::map<std::string, SlurmResources> read_slurm(const std::string& config,
                                                 const std::vector<Job>& jobs) {
  const ConfigSource source{.file = config, .only_table = "slurm"};
  SlurmFile file;
  for (const Field& field : fields_of(file.slurm.defaults).fields)
    for (const Job& job : jobs)
      R1_CHECK_INPUT(job.name != field.name, config, ": a job may not be called ", job.name,
                     ", which is a key of [slurm]");
  for (const Job& job : jobs) {
    file.slurm.jobs[job.name];
    if (splits(job)) file.slurm.jobs[joining_name(job.name)];
  }
  read_fields(fields_of(file), source);
  // The jobs begin with the defaults, which are known only now, and what joins an array with it.
  for (auto& [name, resources] : file.slurm.jobs) resources = file.slurm.defaults;
  read_fields(fields_of(file), source);
  for (const Job& job : jobs) check_array(file.slurm.jobs.at(job.name), job, jobs, config);
  add_joining(jobs, file.slurm.jobs);
  read_fields(fields_of(file), source);
  for (const auto& [name, resources] : file.slurm.jobs)
    check_resources(resources, concat(config, ": slurm.", name));
  for (const Job& job : jobs)
    R1_CHECK_INPUT(file.slurm.jobs.at(job.name).array == 0 ||
                       file.slurm.jobs.at(joining_name(job.name)).array == 0,
                   config, ": slurm.", joining_name(job.name),
                   ".array must be 0, as the parts are joined by one job");
  return file.slurm.jobs;
}

SlurmSite read_slurm_site(const std::string& file) {
  const auto site = read_config<SlurmSite>({.file = file});
  for (const std::string* text : {&site.partition, &site.account, &site.qos, &site.constraint,
                                  &site.scratch, &site.container, &site.bin})
    check_one_line(*text, file + ": a value");
  check_options(site.extra, file + ": extra");
  for (const std::string& option : site.launcher_options)  // or an option's value: "-m", "cyclic"
    check_one_line(option, file + ": launcher_options");
  for (const std::string& word : site.container_command)
    check_one_line(word, file + ": container_command");
  for (const std::string& word : site.modules) check_one_line(word, file + ": modules");
  for (const std::string& variable : site.environment) {
    check_one_line(variable, file + ": environment");
    R1_CHECK_INPUT(variable.find('=') != variable.npos && variable.find('=') > 0, file,
                   ": environment has \"", variable, "\", expected \"NAME=VALUE\"");
  }
  return site;
}

std::string parts_name(const std::string& job) { return job + "-parts"; }

std::string joining_name(const std::string& job) { return job + "-join"; }

int64_t shortest_life_s(const SlurmResources& job) {
  return seconds_of(job.time_min.empty() ? job.time : job.time_min).value_or(0);
}

std::vector<std::string> sbatch_options(const SlurmResources& job, const SlurmSite& site) {
  std::vector<std::string> options;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) options.push_back(concat("--", name, "=", value));
  };
  const bool may_shrink = job.min_nodes > 0 && job.min_nodes < job.nodes;
  add("nodes", may_shrink ? concat(job.min_nodes, "-", job.nodes) : std::to_string(job.nodes));
  // Given tasks, Slurm would choose no more nodes of a range than it must: so of a job that may
  // shrink it is told what a node gives, as one task. The launcher starts the ranks in any case.
  if (!may_shrink) add("ntasks-per-node", std::to_string(job.tasks_per_node));
  add("cpus-per-task", std::to_string(job.cpus_per_task * (may_shrink ? job.tasks_per_node : 1)));
  if (job.gpus_per_node > 0) add("gpus-per-node", std::to_string(job.gpus_per_node));
  add("mem", job.memory);
  add("time", job.time);
  add("time-min", job.time_min);
  add("partition", site.partition);
  add("account", site.account);
  add("qos", site.qos);
  add("constraint", site.constraint);
  options.insert(options.end(), site.extra.begin(), site.extra.end());
  options.insert(options.end(), job.extra.begin(), job.extra.end());
  return options;
}

}  // namespace r1
