// What stages and scripts expect of the file system that a run lies on.
#pragma once

#include <string>
#include <vector>

#include "stages/tools/preflight.h"

namespace r1 {

// In `folder`, which must exist: every rank writes a file that another rank then reads, together at
// most 64 MiB a node; a rename is seen by others; flock and fcntl locks hold across ranks, which is
// harmless where neither HDF5 nor MPI-IO uses them. Leaves nothing behind.
std::vector<Check> check_files(const std::string& folder, const std::vector<std::string>& nodes,
                               ProcessGroup& world);
Check check_space(const std::string& folder, int64_t free_gib, ProcessGroup& world);

}  // namespace r1
