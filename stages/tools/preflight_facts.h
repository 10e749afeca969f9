// What is compared between nodes: builds, libraries and GPUs, which must be the same; kernel and
// CPU, which had better be.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stages/tools/preflight.h"

namespace r1 {

using Facts = std::map<std::string, std::string>;

// Of this process: its build, the checksum of every library it has loaded, libc and the instruction
// set in use; kernel and CPU; GPUs and their driver.
Facts software_facts();
Facts machine_facts();
Facts gpu_facts();

// Names the nodes whose value is not the most frequent one, fact by fact.
std::vector<Problem> differences(const std::vector<std::string>& nodes,
                                 const std::vector<Facts>& of_rank);

Check check_software(const std::vector<std::string>& nodes, ProcessGroup& world);
Check check_machines(const std::vector<std::string>& nodes, ProcessGroup& world);
Check check_gpus(int expected, const std::vector<std::string>& nodes, ProcessGroup& world);

}  // namespace r1
