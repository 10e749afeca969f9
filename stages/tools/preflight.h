// Checks an allocation before the first expensive step: are the nodes there, alike, as fast as each
// other, and is the run's folder a file system that stages can live on? All functions that take a
// group are collective and return the same on every rank.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/parallel/process_group.h"

namespace r1 {

struct PreflightOptions {
  std::string folder = ".";
  int gpus = 0;              // each node is to show; 0: not looked at
  double slow_factor = 1.6;  // times the median
  int64_t free_gib = 0;
};

struct Problem {
  std::string node;  // its name in Slurm; empty when no one node is to blame
  std::string what;
};

// One line of the report.
struct Check {
  std::string name;
  std::string summary;  // of what was found, when all is well
  std::vector<Problem> problems;
  bool is_harmless = false;  // problems are a warning: no stage needs this here
};

// This rank's node, as Slurm calls it.
std::string slurm_node();

std::vector<Check> preflight(const PreflightOptions& options, ProcessGroup& world);
bool is_fit(const std::vector<Check>& checks);
// The lines for people, and what to exclude.
std::string preflight_report(const std::vector<Check>& checks);
// The lines for scripts, one a problem: node (- when no one node is to blame), tab, check.
std::string preflight_findings(const std::vector<Check>& checks);

}  // namespace r1
