// Which system calls a contained program may make: a list of those allowed, everything else fails
// with EPERM (libseccomp, "man 3 seccomp_rule_add").
#pragma once

#include <string>

namespace r1 {

enum class SystemCalls {
  kOneProcess,  // threads, but no further process
  kProcesses,   // as the compiler, which starts others
};

// The filter as the kernel and bwrap --seccomp take it.
//
// Besides what the list leaves out: no socket but pairs of them; signals are 0 and SIGABRT only, so
// that no process stops or kills another and a death by SIGKILL always comes from outside; for that
// the limit of CPU time is not to be changed and an exit code of 137 is refused; memory that counts
// to no limit (memfd, System V) is out of reach.
std::string system_call_filter(SystemCalls allowed);

}  // namespace r1
