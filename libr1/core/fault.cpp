#include "libr1/core/fault.h"

#include <cerrno>
#include <cstdlib>

namespace r1 {

Fault fault_of_errno(int error) {
  for (const int mendable : {ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG, EINVAL})
    if (error == mendable) return Fault::kInput;
  return Fault::kRun;
}

Fault fault_of_machine() { return std::getenv("SLURM_JOB_ID") ? Fault::kRun : Fault::kInput; }

}  // namespace r1
