// MPI's life in this process. One session a process, made before any group and destroyed after
// all; works under mpirun, srun and alone.
#pragma once

#include <memory>
#include <string>

#include "libr1/parallel/process_group.h"

namespace r1 {

class MpiSession {
 public:
  MpiSession(int* argc, char*** argv);
  ~MpiSession();  // finalises, unless an exception is under way: peers may be gone
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  // All ranks. Waits give up after `deadline_s` seconds. When all have met, rank 0 makes the file
  // that R1_STARTED names, if it is set: until then only who launched them can end a hang.
  std::unique_ptr<ProcessGroup> world(double deadline_s);
  int rank() const;
  int size() const;
  // Ends every rank of the job with this exit code, at once.
  [[noreturn]] void abort(int code);

 private:
  int exceptions_at_start_;
  double deadline_s_ = 600;
};

std::string node_name();
std::string mpi_version();

}  // namespace r1
