#include "stages/tools/preflight.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iomanip>
#include <set>

#include "libr1/core/error.h"
#include "stages/tools/preflight_facts.h"
#include "stages/tools/preflight_files.h"
#include "stages/tools/preflight_speed.h"

namespace r1 {
namespace {

Check list_ranks(const std::vector<std::string>& nodes) {
  std::string text;
  size_t num_nodes = 0;
  for (size_t begin = 0, end = 0; begin < nodes.size(); begin = end, ++num_nodes) {
    while (end < nodes.size() && nodes[end] == nodes[begin]) ++end;
    text += concat(text.empty() ? "" : ", ", nodes[begin], " has ", begin);
    if (end - begin > 1) text += concat(" to ", end - 1);
  }
  return {"ranks", concat(nodes.size(), " on ", num_nodes, " nodes: ", text), {}};
}

}  // namespace

std::string slurm_node() {
  if (const char* name = std::getenv("SLURMD_NODENAME")) return name;
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::vector<Check> preflight(const PreflightOptions& options, ProcessGroup& world) {
  const auto nodes = world.all_gather(slurm_node(), "meet the other ranks");
  std::vector<Check> checks = {list_ranks(nodes), check_software(nodes, world),
                               check_machines(nodes, world),
                               check_gpus(options.gpus, nodes, world)};
  for (Check& check : check_speed(options.slow_factor, nodes, world))
    checks.push_back(std::move(check));
  checks.push_back(check_all_reduce(nodes, world));
  checks.push_back(check_clocks(nodes, world));
  checks.push_back(check_space(options.folder, options.free_gib, world));
  for (Check& check : check_files(options.folder, nodes, world)) checks.push_back(std::move(check));
  return checks;
}

bool is_fit(const std::vector<Check>& checks) { return preflight_findings(checks).empty(); }

std::string preflight_report(const std::vector<Check>& checks) {
  std::ostringstream out;
  std::set<std::string> bad_nodes;
  for (const Check& check : checks) {
    const char* verdict = check.problems.empty() ? "ok" : check.is_harmless ? "WARNING" : "FAILED";
    out << std::left << std::setw(8) << verdict << std::setw(14) << check.name;
    if (check.problems.empty()) out << check.summary << "\n";
    const char* indent = "";
    for (const Problem& problem : check.problems) {
      out << indent << problem.node << (problem.node.empty() ? "" : ": ") << problem.what << "\n";
      indent = "                      ";
      if (!problem.node.empty() && !check.is_harmless) bad_nodes.insert(problem.node);
    }
  }
  std::string list;
  for (const std::string& node : bad_nodes) list += (list.empty() ? "" : ",") + node;
  if (!list.empty()) out << "To go on without what failed: sbatch --exclude=" << list << "\n";
  return out.str();
}

std::string preflight_findings(const std::vector<Check>& checks) {
  std::string text;
  for (const Check& check : checks)
    for (const Problem& problem : check.is_harmless ? std::vector<Problem>() : check.problems)
      text += concat(problem.node.empty() ? "-" : problem.node, '\t', check.name, '\n');
  return text;
}

}  // namespace r1
