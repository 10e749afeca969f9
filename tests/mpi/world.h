// The ranks of a test started by mpirun.
#pragma once

#include "libr1/parallel/process_group.h"

namespace r1::testing {

ProcessGroup& world();
std::unique_ptr<ProcessGroup> world_with_deadline(double seconds);

}  // namespace r1::testing
