// A pipeline in one TOML file. [pipeline] lists its jobs; each has a table of settings under its
// own name, and a folder of that name in the run. What a job waits for is not written down: it is
// every job whose files its settings name, as {run}/JOB.
//
//   [pipeline]
//   jobs = ["r1-zero", "helpful = r1-reward-model", "r1-evaluate"]
//   [helpful]
//   base = "{run}/r1-zero"
#pragma once

#include <string>
#include <vector>

namespace r1 {

struct Job {
  std::string name;                // letters, digits and "-"
  std::string stage;               // the executable that runs it
  std::vector<std::string> after;  // jobs, in the order of the file
};

// The jobs, each behind those that it waits for; none where the file has no [pipeline].
// Fault::kInput for a name that is no name or stands twice, a job without a table, {run}/ with a
// name that no job has, and jobs that wait for each other.
std::vector<Job> read_pipeline(const std::string& file);

// Its top-level tables, in the order of their names.
std::vector<std::string> table_names(const std::string& file);

}  // namespace r1
