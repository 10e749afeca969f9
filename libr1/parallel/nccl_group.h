// A group whose collectives on GPU memory run over NCCL, one GPU a rank. What concerns the host
// (bytes, counters, barriers, tensors on the CPU) goes through the group it is made from, and so
// does NCCL's id: there is one way by which ranks find each other. Slices are exchanged and then
// added in rank order, as the MPI group adds them: equal bits.
#pragma once

#include <memory>

#include "libr1/parallel/process_group.h"

namespace r1 {

// Collective over `host`, which outlives the group. Collectives start after the work that `compute`
// has been given before them; those in the order of a stream are on `compute` itself. A wait gives
// up after `deadline_s`: the communicator is aborted, and the Error (Fault::kRun) names the rank,
// the operation and what NCCL last said. Where the host does not wait, or is held up in a call of
// NCCL's, WorkWatch ends the process after that time.
std::unique_ptr<ProcessGroup> nccl_group(ProcessGroup& host, Stream compute, double deadline_s);

}  // namespace r1
