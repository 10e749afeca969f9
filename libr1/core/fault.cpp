#include "libr1/core/fault.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace r1 {

Fault fault_of_errno(int error) {
  for (const int mendable : {ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, ELOOP, ENAMETOOLONG, EINVAL})
    if (error == mendable) return Fault::kInput;
  return Fault::kRun;
}

void throw_errno(const std::string& what, std::source_location where) {
  const int error = errno;
  throw_error(fault_of_errno(error), concat(what, ": ", std::strerror(error)), where);
}

Fault fault_of_machine() { return std::getenv("SLURM_JOB_ID") ? Fault::kRun : Fault::kInput; }

}  // namespace r1
