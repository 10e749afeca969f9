// libnccl.so.2 without GPUs: what libr1/parallel/nccl_group.cpp asks of NCCL, between processes on
// one machine, on memory and in the order of the emulated device. Messages are files in a folder
// that the id names, so what one rank sends and another expects is compared: type, size and order.
#include <nccl.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/kernels/cuda_emulation/memory.h"

namespace emulation = r1::cuda_emulation;

struct ncclComm {
  std::string folder;
  int rank = 0, size = 1;
  std::vector<int64_t> sent, received;  // messages so far, a peer

  std::string marker(const char* kind, int of_rank) const {
    return folder + "/" + kind + "-" + std::to_string(of_rank);
  }
};

namespace {

struct Header {
  int64_t count = 0;
  int32_t type = 0;
};

int64_t bytes_of(ncclDataType_t type) { return type == ncclBfloat16 ? 2 : 4; }

[[noreturn]] void fail(const ncclComm& comm, const std::string& what) {
  std::fprintf(stderr, "emulated NCCL, rank %d of %d: %s\n", comm.rank, comm.size, what.c_str());
  std::abort();
}

std::string message(const ncclComm& comm, int from, int to, int64_t idx) {
  return comm.folder + "/" + std::to_string(from) + "-" + std::to_string(to) + "-" +
         std::to_string(idx);
}

void wait_for(const std::string& path) {
  while (!std::filesystem::exists(path)) ::usleep(50);
}

// As NCCL ends a communicator: not before all ranks of the node do, in whichever way.
void end_with_others(const ncclComm& comm) {
  std::ofstream(comm.marker("gone", comm.rank)).close();
  std::error_code none;  // another may remove the folder, as everyone is gone then
  for (int r = 0; r < comm.size; ++r)
    while (std::filesystem::exists(comm.folder, none) &&
           !std::filesystem::exists(comm.marker("gone", r), none))
      ::usleep(50);
  std::filesystem::remove_all(comm.folder, none);
}

void write_message(ncclComm& comm, int peer, const Header& header, const void* bytes) {
  const std::string path = message(comm, comm.rank, peer, comm.sent[static_cast<size_t>(peer)]++);
  {
    std::ofstream file(path + ".part", std::ios::binary);
    file.write(reinterpret_cast<const char*>(&header), sizeof header);
    file.write(static_cast<const char*>(bytes),
               header.count * bytes_of(static_cast<ncclDataType_t>(header.type)));
    if (!file) fail(comm, "cannot write " + path);
  }
  std::filesystem::rename(path + ".part", path);
}

void read_message(ncclComm& comm, int peer, const Header& expected, void* bytes) {
  const std::string path =
      message(comm, peer, comm.rank, comm.received[static_cast<size_t>(peer)]++);
  wait_for(path);
  std::ifstream file(path, std::ios::binary);
  Header found;
  file.read(reinterpret_cast<char*>(&found), sizeof found);
  if (found.count != expected.count || found.type != expected.type)
    fail(comm, "rank " + std::to_string(peer) + " sends " + std::to_string(found.count) +
                   " elements of type " + std::to_string(found.type) + ", expected " +
                   std::to_string(expected.count) + " of type " + std::to_string(expected.type));
  file.read(static_cast<char*>(bytes),
            expected.count * bytes_of(static_cast<ncclDataType_t>(expected.type)));
  if (!file) fail(comm, "a message is cut off: " + path);
  std::filesystem::remove(path);
}

struct Transfer {
  ncclComm* comm;
  int peer;
  Header header;
  const void* from;  // sent, or
  void* to;          // received
};

// Of the group that is open, if one is.
int depth = 0;
std::vector<Transfer> pending;

void run(const std::vector<Transfer>& transfers) {
  const emulation::OpenMemory open;
  for (const Transfer& t : transfers)
    if (t.from) write_message(*t.comm, t.peer, t.header, t.from);
  for (const Transfer& t : transfers)
    if (t.to) read_message(*t.comm, t.peer, t.header, t.to);
}

ncclResult_t finish_group() {
  if (depth == 0) emulation::enqueue([transfers = std::exchange(pending, {})] { run(transfers); });
  return ncclSuccess;
}

ncclResult_t add(const Transfer& transfer) {
  const void* bytes = transfer.from ? transfer.from : transfer.to;
  if (!emulation::is_on_device(bytes)) return ncclInvalidArgument;
  pending.push_back(transfer);
  return finish_group();
}

Header header_of(size_t count, ncclDataType_t type) {
  return {static_cast<int64_t>(count), static_cast<int32_t>(type)};
}

}  // namespace

extern "C" {

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  char folder[] = "/dev/shm/r1-emulated-nccl-XXXXXX";
  if (!::mkdtemp(folder)) return ncclSystemError;
  std::memset(id, 0, sizeof *id);
  std::memcpy(id->internal, folder, sizeof folder);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int size, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  if (config->blocking != 1) return ncclInvalidArgument;  // calls would have to be polled
  *comm = new ncclComm;
  (*comm)->folder = id.internal;
  (*comm)->rank = rank;
  (*comm)->size = size;
  (*comm)->sent.resize(static_cast<size_t>(size));
  (*comm)->received.resize(static_cast<size_t>(size));
  std::ofstream((*comm)->marker("here", rank)).close();
  for (int r = 0; r < size; ++r) wait_for((*comm)->marker("here", r));
  return ncclSuccess;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t, ncclResult_t* state) {
  *state = ncclSuccess;
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  emulation::drain();
  end_with_others(*comm);
  delete comm;
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  end_with_others(*comm);
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclInvalidArgument ? "invalid argument" : "an error";
}
const char* ncclGetLastError(ncclComm_t) { return "of the emulation"; }

ncclResult_t ncclGroupStart() {
  ++depth;
  return ncclSuccess;
}

ncclResult_t ncclGroupEnd() {
  --depth;
  return finish_group();
}

ncclResult_t ncclSend(const void* bytes, size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t) {
  return add({comm, peer, header_of(count, type), bytes, nullptr});
}

ncclResult_t ncclRecv(void* bytes, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t) {
  return add({comm, peer, header_of(count, type), nullptr, bytes});
}

ncclResult_t ncclAllGather(const void* mine, void* all, size_t count, ncclDataType_t type,
                           ncclComm_t comm, cudaStream_t stream) {
  ncclGroupStart();
  for (int r = 0; r < comm->size; ++r) {
    ncclSend(mine, count, type, r, comm, stream);
    auto* place = static_cast<std::byte*>(all) + r * static_cast<int64_t>(count) * bytes_of(type);
    ncclRecv(place, count, type, r, comm, stream);
  }
  return ncclGroupEnd();
}

ncclResult_t ncclBroadcast(const void* from, void* to, size_t count, ncclDataType_t type, int root,
                           ncclComm_t comm, cudaStream_t stream) {
  ncclGroupStart();
  if (comm->rank == root)
    for (int r = 0; r < comm->size; ++r) ncclSend(from, count, type, r, comm, stream);
  ncclRecv(to, count, type, root, comm, stream);
  return ncclGroupEnd();
}
}
