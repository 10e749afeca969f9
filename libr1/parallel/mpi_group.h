// The group of all ranks that MPI has started.
#pragma once

#include <memory>

#include "libr1/core/watchdog.h"
#include "libr1/parallel/process_group.h"

namespace r1 {

// MPI_COMM_WORLD's. Collective; MpiSession has started MPI.
std::unique_ptr<ProcessGroup> mpi_world_group(double deadline_s);

// Ends the process after the deadline: for what MPI makes or frees together with the other ranks
// and cannot give up.
Watchdog mpi_guard(int rank, int size, double deadline_s, const char* what);

}  // namespace r1
