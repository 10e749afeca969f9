// Whose fault a failure of the system is (error.h).
#pragma once

#include "libr1/core/error.h"

namespace r1 {

// Of a call on a file that failed with this errno: that nothing is there, or may not be touched, is
// the user's to mend; a file system that is full, stale or broken is the world's, where another
// try, or another node, may help.
Fault fault_of_errno(int error);

// Throws that for the call that has just failed: `what`, and the system's reason.
[[noreturn]] void throw_errno(const std::string& what,
                              std::source_location where = std::source_location::current());

// Of what a machine lacks, as a GPU or a library: within a Slurm job it is the node's fault, and
// another one may have it; elsewhere the user's.
Fault fault_of_machine();

}  // namespace r1
