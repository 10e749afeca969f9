#include "libr1/parallel/nccl_group.h"

#include <nccl.h>
#include <time.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

#include "kernels/elementwise.h"
#include "libr1/core/clock.h"
#include "libr1/core/cuda_stream.h"
#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "libr1/core/shared_library.h"
#include "libr1/core/work_watch.h"
#include "libr1/parallel/mpi_group.h"
#include "libr1/parallel/mpi_session.h"
#include "libr1/tensor/scratch.h"

namespace r1 {
namespace {

// NCCL's functions. Its library is 200 MB, and no run without several GPUs has to have it.
struct NcclApi {
  decltype(&::ncclGetUniqueId) get_unique_id;
  decltype(&::ncclCommInitRankConfig) comm_init_rank_config;
  decltype(&::ncclCommGetAsyncError) comm_get_async_error;
  decltype(&::ncclCommAbort) comm_abort;
  decltype(&::ncclCommDestroy) comm_destroy;
  decltype(&::ncclGetLastError) get_last_error;
  decltype(&::ncclGetErrorString) get_error_string;
  decltype(&::ncclBroadcast) broadcast;
  decltype(&::ncclGroupStart) group_start;
  decltype(&::ncclGroupEnd) group_end;
  decltype(&::ncclSend) send;
  decltype(&::ncclRecv) recv;
  decltype(&::ncclAllGather) all_gather;
};

NcclApi load() {
  const SharedLibrary library("libnccl.so.2", "ranks on GPUs talk through NCCL",
                              "set compute.offload_optimizer=true and mesh.tp=1");
  NcclApi api{};
  library.find("ncclGetUniqueId", api.get_unique_id);
  library.find("ncclCommInitRankConfig", api.comm_init_rank_config);
  library.find("ncclCommGetAsyncError", api.comm_get_async_error);
  library.find("ncclCommAbort", api.comm_abort);
  library.find("ncclCommDestroy", api.comm_destroy);
  library.find("ncclGetLastError", api.get_last_error);
  library.find("ncclGetErrorString", api.get_error_string);
  library.find("ncclBroadcast", api.broadcast);
  library.find("ncclGroupStart", api.group_start);
  library.find("ncclGroupEnd", api.group_end);
  library.find("ncclSend", api.send);
  library.find("ncclRecv", api.recv);
  library.find("ncclAllGather", api.all_gather);
  return api;
}

// The machine's fault (core/fault.h) when libnccl.so.2 cannot be loaded, with the loader's reason.
const NcclApi& nccl() {
  static const NcclApi api = load();
  return api;
}

ncclDataType_t nccl_type(const TensorView& data, const char* what) {
  R1_CHECK(data.dtype != Dtype::kF64, what, ": f64 is not computed on GPUs");
  return data.dtype == Dtype::kF32 ? ncclFloat32 : ncclBfloat16;
}

// Ends the communicator's kernels, so that no destructor waits for them. In a thread of its own, as
// the call then waits for the other ranks of the node, whose proxies end together: they may be dead
// or stopped, and what went wrong here is to be said at once.
void abort_beside(ncclComm_t comm) {
  try {
    std::thread([comm] { nccl().comm_abort(comm); }).detach();
  } catch (const std::system_error&) {
    // No thread is to be had. The process ends without it, by the deadline of the others at most.
  }
}

// The communicator of this rank. Its calls return when the work is in the stream, which the first
// ones do not before other ranks have answered: NcclGroup's watch is over them.
class Comm {
 public:
  Comm(ProcessGroup& host, double deadline_s) : host_(host), deadline_s_(deadline_s) {
    ncclUniqueId id;
    if (host.rank() == 0) check(nccl().get_unique_id(&id), "ncclGetUniqueId");
    const std::string bytes = host.broadcast(
        std::string(reinterpret_cast<const char*>(&id), sizeof id), 0, "share NCCL's id");
    std::memcpy(&id, bytes.data(), sizeof id);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    // Else every group of calls starts a thread, and another one may not ask for its state.
    config.blocking = 1;
    ::setenv("NCCL_COMM_BLOCKING", "1", 1);  // which would say otherwise, set by a site
    const auto watchdog = mpi_guard(host.rank(), host.size(), deadline_s, "making a communicator");
    check(nccl().comm_init_rank_config(&comm_, host.size(), id, host.rank(), &config),
          "making a communicator");
  }
  ~Comm() {
    if (!comm_) return;
    // After an error peers may never come to an orderly end, for which all of a node meet.
    if (std::uncaught_exceptions() > 0) {
      abort_beside(comm_);
      return;
    }
    const auto watchdog = mpi_guard(rank(), size(), deadline_s_, "the end of a communicator");
    nccl().comm_destroy(comm_);
  }
  Comm(const Comm&) = delete;
  Comm& operator=(const Comm&) = delete;

  ncclComm_t native() const { return comm_; }
  int rank() const { return host_.rank(); }
  int size() const { return host_.size(); }

  void check(ncclResult_t result, const char* what) {
    if (result != ncclSuccess) fail(what, nccl().get_error_string(result));
  }

  // Waits until the GPU has come to `event`.
  void wait(const gpu::Event& event, const char* what) {
    const auto start = Clock::now();
    for (int64_t spins = 0;; ++spins) {
      check(state(), what);
      if (event.is_reached()) return;
      if (spins < 1000) continue;
      const timespec pause{0, 20'000};
      nanosleep(&pause, nullptr);
      const double waited = seconds_since(start);
      if (waited >= deadline_s_)
        fail(what, concat("waited ", static_cast<int64_t>(waited),
                          " s for the other ranks; a rank is dead, stopped or much slower"));
    }
  }

  // For another thread: throws when something has failed that NCCL has found out by itself.
  void check_state() {
    const std::lock_guard lock(ending_);
    if (!comm_) return;  // the other thread tells why
    const ncclResult_t found = state();
    if (found != ncclSuccess)
      throw_error(Fault::kRun,
                  concat("NCCL failed: ", nccl().get_error_string(found), last_said()));
  }

  // What `calls` gives to NCCL goes out as one.
  template <class Calls>
  void together(const char* what, Calls calls) {
    check(nccl().group_start(), what);
    calls();
    check(nccl().group_end(), what);
  }
  // Between together()'s calls: elements of a buffer to and from a rank.
  void send(const void* bytes, int64_t count, ncclDataType_t type, int rank, cudaStream_t stream,
            const char* what) {
    if (count > 0)
      check(nccl().send(bytes, static_cast<size_t>(count), type, rank, comm_, stream), what);
  }
  void receive(void* bytes, int64_t count, ncclDataType_t type, int rank, cudaStream_t stream,
               const char* what) {
    if (count > 0)
      check(nccl().recv(bytes, static_cast<size_t>(count), type, rank, comm_, stream), what);
  }

 private:
  ncclResult_t state() const {
    ncclResult_t found = ncclSuccess;
    const ncclResult_t asked = nccl().comm_get_async_error(comm_, &found);
    return asked == ncclSuccess ? found : asked;
  }

  std::string last_said() const {
    const std::string said = comm_ ? nccl().get_last_error(comm_) : "";
    return said.empty() ? "" : "; it said last: " + said;
  }

  [[noreturn]] void fail(const char* what, const std::string& why) {
    const std::string said = last_said();
    ncclComm_t gone = nullptr;
    {
      const std::lock_guard lock(ending_);
      gone = std::exchange(comm_, nullptr);
    }
    if (gone) abort_beside(gone);
    throw_error(Fault::kRun, concat("rank ", rank(), " of ", size(), ": NCCL failed in '", what,
                                    "': ", why, said));
  }

  ProcessGroup& host_;
  double deadline_s_;
  std::mutex ending_;  // comm_ stays while another thread asks it
  ncclComm_t comm_ = nullptr;
};

class PendingNccl : public Work {
 public:
  PendingNccl(Comm& comm, const Stream& stream, const char* what) : comm_(comm), what_(what) {
    event_.record(stream);
  }
  void wait() override { comm_.wait(event_, what_); }

 private:
  Comm& comm_;
  const char* what_;
  gpu::Event event_;
};

class NcclGroup : public ProcessGroup {
 public:
  NcclGroup(ProcessGroup& host, Stream compute, double deadline_s)
      : host_(host),
        compute_(compute),
        comm_(host, deadline_s),
        watch_(deadline_s, concat("rank ", rank(), " of ", size(), " on ", node_name())) {}

  int rank() const override { return host_.rank(); }
  int size() const override { return host_.size(); }
  int local_size() const override { return host_.local_size(); }
  int local_rank() const override { return host_.local_rank(); }
  void barrier(const char* what) override { host_.barrier(what); }
  std::vector<std::string> all_gather(std::string_view mine, const char* what) override {
    return host_.all_gather(mine, what);
  }
  std::vector<std::string> exchange(const std::vector<std::string>& to_rank,
                                    const char* what) override {
    return host_.exchange(to_rank, what);
  }
  std::unique_ptr<SharedCounter> make_counter() override { return host_.make_counter(); }
  Communicator communicator() override { return host_.communicator(); }
  std::unique_ptr<ProcessGroup> split(int) override {
    throw_error(Fault::kRun, "split the host's group, then make one of GPUs on it");
  }

  std::unique_ptr<Work> start_reduce_scatter(const TensorView& bucket, const TensorView& mine,
                                             const char* what) override {
    check_slices(bucket, mine, what);
    if (bucket.device != Device::kCuda) return host_.start_reduce_scatter(bucket, mine, what);
    follow_compute();
    const auto slice = [&](int r) { return FlatRange{r * mine.size(), mine.size()}; };
    give(what, Awaited::kByTheCaller,
         [&] { sum_slices(bucket, slice, mine, queue_.stream(), what); });
    return std::make_unique<PendingNccl>(comm_, queue_.stream(), what);
  }

  std::unique_ptr<Work> start_all_gather(const TensorView& mine, const TensorView& bucket,
                                         const char* what) override {
    check_slices(bucket, mine, what);
    if (bucket.device != Device::kCuda) return host_.start_all_gather(mine, bucket, what);
    follow_compute();
    give(what, Awaited::kByTheCaller, [&] { gather(mine, bucket, queue_.stream(), what); });
    return std::make_unique<PendingNccl>(comm_, queue_.stream(), what);
  }

  void reduce_scatter_rows(const TensorView& data, const TensorView& mine,
                           const char* what) override {
    if (data.device != Device::kCuda) return host_.reduce_scatter_rows(data, mine, what);
    if (data.size() == 0) return;
    const auto part = [&](int r) { return elements_of(data, r); };
    check_part(data, mine, what);
    give(what, Awaited::kByNobody, [&] { sum_slices(data, part, mine, compute_, what); });
  }

  void all_gather_rows(const TensorView& data, const char* what) override {
    if (data.device != Device::kCuda) return host_.all_gather_rows(data, what);
    if (data.size() == 0) return;
    give(what, Awaited::kByNobody, [&] { gather_rows(data, what); });
  }

  void add_in_turn(const TensorView& data, FunctionRef<void()> add, const char* what) override {
    if (data.device != Device::kCuda) return host_.add_in_turn(data, add, what);
    give(what, Awaited::kByNobody, [&] { take_turns(data, add, what); });
  }

 private:
  enum class Awaited { kByTheCaller, kByNobody };

  // Makes the calls that give a collective to NCCL: watched until they have returned and, where
  // nobody waits for it, until the GPU has done it.
  template <class Calls>
  void give(const char* what, Awaited awaited, Calls calls) {
    struct Piece {
      std::atomic<bool> given{false};
      std::unique_ptr<gpu::Event> done;
    };
    const auto piece = std::make_shared<Piece>();
    if (awaited == Awaited::kByNobody) piece->done = std::make_unique<gpu::Event>();
    // It selects the GPU: else the thread would take memory of the first one.
    watch_.add(what, [this, piece, index = gpu::selected()] {
      if (!piece->given) return false;
      gpu::select(index);
      comm_.check_state();
      return !piece->done || piece->done->is_reached();
    });
    calls();
    if (piece->done) piece->done->record(compute_);
    piece->given = true;
  }

  // Element `idx` of a buffer with elements as those of `like`.
  static void* at(void* bytes, int64_t idx, const TensorView& like) {
    return static_cast<std::byte*>(bytes) + idx * size_bytes(like.dtype);
  }

  void gather(const TensorView& mine, const TensorView& all, const Stream& on, const char* what) {
    comm_.check(nccl().all_gather(mine.bytes, all.bytes, static_cast<size_t>(mine.size()),
                                  nccl_type(mine, what), comm_.native(), native_stream(on)),
                what);
  }

  void gather_rows(const TensorView& data, const char* what) {
    const FlatRange mine = elements_of(data, rank());
    if (data.shape[0] % size() == 0)
      return gather(data.reshaped({data.size()}).rows(mine.begin, mine.count), data, compute_,
                    what);
    const ncclDataType_t type = nccl_type(data, what);
    const cudaStream_t stream = native_stream(compute_);
    comm_.together(what, [&] {
      for (int r = 0; r < size(); ++r) {
        if (r == rank()) continue;
        const FlatRange other = elements_of(data, r);
        comm_.send(at(data.bytes, mine.begin, data), mine.count, type, r, stream, what);
        comm_.receive(at(data.bytes, other.begin, data), other.count, type, r, stream, what);
      }
    });
  }

  void take_turns(const TensorView& data, FunctionRef<void()> add, const char* what) {
    const ncclDataType_t type = nccl_type(data, what);
    const cudaStream_t stream = native_stream(compute_);
    if (rank() > 0)
      comm_.together(
          what, [&] { comm_.receive(data.bytes, data.size(), type, rank() - 1, stream, what); });
    add();
    if (rank() + 1 < size())
      comm_.together(what,
                     [&] { comm_.send(data.bytes, data.size(), type, rank() + 1, stream, what); });
    comm_.check(nccl().broadcast(data.bytes, data.bytes, static_cast<size_t>(data.size()), type,
                                 size() - 1, comm_.native(), stream),
                what);
  }

  // sum = this rank's slice of all ranks' `data`, added in rank order; it may lie in its place
  // there. slice(r): the elements of rank r's.
  template <class Slice>
  void sum_slices(const TensorView& data, Slice slice, const TensorView& sum, const Stream& on,
                  const char* what) {
    const ncclDataType_t type = nccl_type(data, what);
    const int64_t count = sum.size();
    const Scratch parts(size() * sum.size_in_bytes(), on);
    const cudaStream_t stream = native_stream(on);
    comm_.together(what, [&] {
      for (int r = 0; r < size(); ++r) {
        comm_.send(at(data.bytes, slice(r).begin, data), slice(r).count, type, r, stream, what);
        comm_.receive(at(parts.data(), r * count, data), count, type, r, stream, what);
      }
    });
    const auto add = [&]<class T>(T* to) {
      kernels::sum_parts<Device::kCuda, T>(size(), count, static_cast<const T*>(parts.data()), to,
                                           on);
    };
    if (sum.dtype == Dtype::kBf16)
      add(sum.data<Bf16>());
    else
      add(sum.data<float>());
  }

  // What is sent has been computed by then.
  void follow_compute() {
    gpu::Event computed;
    computed.record(compute_);
    computed.hold(queue_.stream());
  }

  void check_slices(const TensorView& bucket, const TensorView& mine, const char* what) const {
    R1_CHECK(bucket.size() == mine.size() * size() && bucket.dtype == mine.dtype &&
                 bucket.device == mine.device,
             what, ": a bucket ", bucket.shape.to_string(), " of ", to_string(bucket.dtype), " on ",
             to_string(bucket.device), " and a slice ", mine.shape.to_string(), " of ",
             to_string(mine.dtype), " on ", to_string(mine.device), ", ", size(), " ranks");
  }

  ProcessGroup& host_;
  Stream compute_;
  gpu::Queue queue_;
  Comm comm_;
  WorkWatch watch_;  // ends before comm_ does
};

}  // namespace

std::unique_ptr<ProcessGroup> nccl_group(ProcessGroup& host, Stream compute, double deadline_s) {
  return std::make_unique<NcclGroup>(host, compute, deadline_s);
}

}  // namespace r1
