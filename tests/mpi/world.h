// The ranks of a test started by mpirun.
#pragma once

#include "libr1/parallel/process_group.h"

namespace r1::testing {

ProcessGroup& world();

}  // namespace r1::testing
