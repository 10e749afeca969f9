// What `storage` needs to know of a group of ranks. `parallel` makes one from a ProcessGroup, so
// that neither folder has to include the other.
#pragma once

#include <functional>
#include <string>

namespace r1 {

struct Communicator {
  const void* mpi_comm = nullptr;  // points at an MPI_Comm; nullptr: one process, serial files
  int rank = 0;
  int size = 1;
  // Waits for all ranks, at most until the group's deadline; the word names the wait in an error.
  std::function<void(const char*)> barrier = [](const char*) {};
  // Rank 0's text, to all ranks.
  std::function<std::string(const std::string&, const char*)> broadcast =
      [](const std::string& text, const char*) { return text; };
};

}  // namespace r1
