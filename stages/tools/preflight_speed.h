// How fast the nodes are, against each other.
#pragma once

#include <string>
#include <vector>

#include "stages/tools/preflight.h"

namespace r1 {

// A fixed piece of arithmetic and a pass over memory on every rank at once. A rank that takes more
// than `slow_factor` times the median is a problem of its node.
std::vector<Check> check_speed(double slow_factor, const std::vector<std::string>& nodes,
                               ProcessGroup& world);

// Nodes whose time is more than `factor` times the median of all ranks; `what` begins the text.
std::vector<Problem> slow_nodes(const std::vector<std::string>& nodes,
                                const std::vector<double>& seconds, double factor,
                                const std::string& what);

// A sum over all ranks whose result is known, and its rate.
Check check_all_reduce(const std::vector<std::string>& nodes, ProcessGroup& world);

// Clocks within a second of rank 0's: files and logs of a run are compared by time.
Check check_clocks(const std::vector<std::string>& nodes, ProcessGroup& world);

}  // namespace r1
