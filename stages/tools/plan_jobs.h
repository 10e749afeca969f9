// A pipeline's jobs as lines of fields parted by tabs, for scripts: no value has a tab in it.
#pragma once

#include <string>

#include "libr1/parallel/mesh.h"

namespace r1 {

// Fault::kInput when so many ranks cannot be laid out as the mesh says.
void check_ranks(const std::string& job, int nodes, int ranks_per_node, const MeshConfig& mesh);

// A line a job: name, stage, and the jobs it waits for with commas between; "-" for none.
void print_jobs(const std::string& config);

// The same, and what submitting and running the jobs takes. A line is
//   job      NAME  STAGE  AFTER   a job array stands as NAME-parts before NAME, which joins it
//   sbatch   NAME  OPTION          whole, such as --nodes=2
//   setting  NAME  KEY  VALUE      for the job itself; a KEY of several values has several lines
void print_slurm_jobs(const std::string& config, const std::vector<std::string>& overrides,
                      const std::string& site_file);

}  // namespace r1
