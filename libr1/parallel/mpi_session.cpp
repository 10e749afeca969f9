#include "libr1/parallel/mpi_session.h"

#include <mpi.h>

#include <cstdlib>
#include <exception>

#include "libr1/core/file.h"
#include "libr1/parallel/mpi_group.h"

namespace r1 {

Watchdog mpi_guard(int rank, int size, double deadline_s, const char* what) {
  constexpr int kFailed = 70;  // as a failed stage
  return {deadline_s,
          concat("rank ", rank, " of ", size, " on ", node_name(), " waited ", deadline_s,
                 " s for the other ranks in '", what, "'; a rank is dead or stopped"),
          kFailed};
}

MpiSession::MpiSession(int* argc, char*** argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  // One-sided operations over UCX fail across nodes without its networks (Open MPI issue 11466):
  // MPI_Win_allocate says "invalid window". A counter needs none of UCX's speed.
  ::setenv("OMPI_MCA_osc", "^ucx", 0);
  int provided = 0;
  MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
  R1_CHECK(provided >= MPI_THREAD_FUNNELED, "this MPI gives no thread support (level ", provided,
           "); the stages need MPI_THREAD_FUNNELED");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

MpiSession::~MpiSession() {
  if (std::uncaught_exceptions() != exceptions_at_start_) return;
  const Watchdog watchdog = mpi_guard(rank(), size(), deadline_s_, "the end of MPI");
  MPI_Finalize();
}

std::unique_ptr<ProcessGroup> MpiSession::world(double deadline_s) {
  deadline_s_ = deadline_s;
  auto group = mpi_world_group(deadline_s);
  group->barrier("start");
  const char* started = std::getenv("R1_STARTED");
  if (started && *started && group->rank() == 0) write_file(started, "");
  return group;
}

int MpiSession::rank() const {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int MpiSession::size() const {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

void MpiSession::abort(int code) {
  MPI_Abort(MPI_COMM_WORLD, code);
  std::abort();
}

std::string node_name() {
  char name[MPI_MAX_PROCESSOR_NAME] = "?";
  int length = 0;
  MPI_Get_processor_name(name, &length);
  return name;
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(text, &length);
  return {text, static_cast<size_t>(length)};
}

}  // namespace r1
