#include "libr1/parallel/mpi_group.h"

#include <mpi.h>
#include <sched.h>
#include <time.h>

#include <climits>
#include <cstring>
#include <exception>

#include "kernels/elementwise.h"
#include "libr1/core/clock.h"
#include "libr1/parallel/mpi_session.h"

namespace r1 {
namespace {

void check_mpi(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw_error(Fault::kRun, concat("MPI failed in ", what, ": ", text));
}

int checked_count(int64_t count, const char* what) {
  R1_CHECK(count <= INT_MAX, what, ": a message of ", count, " items is more than MPI takes (",
           INT_MAX, "); use smaller buckets");
  return static_cast<int>(count);
}

MPI_Datatype mpi_type(const TensorView& data) {
  switch (data.dtype) {
    case Dtype::kF32:
      return MPI_FLOAT;
    case Dtype::kF64:
      return MPI_DOUBLE;
    case Dtype::kBf16:
      return MPI_UINT16_T;
  }
  return MPI_BYTE;
}

// Where and how long to wait.
struct Waiter {
  int rank = 0;
  int size = 1;
  double deadline_s = 600;

  // Polls: at first without giving the core away, then yielding, then sleeping, since the peer
  // may need this very core.
  void wait(MPI_Request* requests, int count, const char* what) const {
    const auto start = Clock::now();
    for (int64_t spins = 0;; ++spins) {
      int done = 0;
      check_mpi(MPI_Testall(count, requests, &done, MPI_STATUSES_IGNORE), what);
      if (done) return;
      if (spins < 64) continue;
      if (spins < 512) {
        sched_yield();
        continue;
      }
      const timespec pause{0, 50'000};
      nanosleep(&pause, nullptr);
      const double waited = seconds_since(start);
      R1_CHECK(waited < deadline_s, "rank ", rank, " of ", size, " on ", node_name(), " waited ",
               static_cast<int64_t>(waited), " s for the other ranks in '", what,
               "'; a rank is dead, stopped or much slower");
    }
  }
};

Watchdog guard(const Waiter& waiter, const char* what) {
  return mpi_guard(waiter.rank, waiter.size, waiter.deadline_s, what);
}

class PendingGather : public Work {
 public:
  PendingGather(const Waiter& waiter, MPI_Request request, const char* what)
      : waiter_(waiter), request_(request), what_(what) {}
  void wait() override { waiter_.wait(&request_, 1, what_); }

 private:
  Waiter waiter_;
  MPI_Request request_;
  const char* what_;
};

// Slices are exchanged and then added here in rank order: MPI's own sums may change their order.
template <class A>
class PendingReduce : public Work {
 public:
  PendingReduce(const Waiter& waiter, MPI_Comm comm, const TensorView& bucket,
                const TensorView& mine, const char* what)
      : waiter_(waiter), mine_(mine), what_(what), slices_(bucket.shape, bucket.dtype) {
    const int count = checked_count(mine.size(), what);
    check_mpi(MPI_Ialltoall(bucket.bytes, count, mpi_type(bucket), slices_.view().bytes, count,
                            mpi_type(bucket), comm, &request_),
              what);
  }
  void wait() override {
    waiter_.wait(&request_, 1, what_);
    kernels::sum_parts<Device::kCpu, A>(waiter_.size, mine_.size(), slices_.view().data<A>(),
                                        mine_.data<A>(), {});
  }

 private:
  Waiter waiter_;
  TensorView mine_;
  const char* what_;
  Tensor slices_;
  MPI_Request request_ = MPI_REQUEST_NULL;
};

class MpiCounter : public SharedCounter {
 public:
  MpiCounter(const Waiter& waiter, MPI_Comm comm, ProcessGroup& group)
      : waiter_(waiter), group_(group) {
    const Watchdog watchdog = guard(waiter, "making a shared counter");
    const MPI_Aint bytes = group.rank() == 0 ? sizeof(int64_t) : 0;
    check_mpi(MPI_Win_allocate(bytes, sizeof(int64_t), MPI_INFO_NULL, comm, &memory_, &window_),
              "making a shared counter");
    check_mpi(MPI_Win_lock_all(0, window_), "opening a shared counter");
    reset();
  }
  ~MpiCounter() override {
    if (std::uncaught_exceptions() > 0) return;  // peers may never come to this collective
    const Watchdog watchdog = guard(waiter_, "freeing a shared counter");
    MPI_Win_unlock_all(window_);
    MPI_Win_free(&window_);
  }
  int64_t next() override { return replace(1, MPI_SUM); }
  void reset() override {
    group_.barrier("reset of a shared counter");
    if (group_.rank() == 0) {
      replace(0, MPI_REPLACE);
      check_mpi(MPI_Win_flush(0, window_), "reset of a shared counter");
    }
    group_.barrier("reset of a shared counter");
  }

 private:
  // As a request, which can be given up: MPI_Fetch_and_op waits for a stopped rank 0 forever.
  int64_t replace(int64_t operand, MPI_Op op) {
    int64_t before = 0;
    MPI_Request request;
    check_mpi(MPI_Rget_accumulate(&operand, 1, MPI_INT64_T, &before, 1, MPI_INT64_T, 0, 0, 1,
                                  MPI_INT64_T, op, window_, &request),
              "counting");
    waiter_.wait(&request, 1, "hand out work");
    return before;
  }

  Waiter waiter_;
  ProcessGroup& group_;
  void* memory_ = nullptr;
  MPI_Win window_ = MPI_WIN_NULL;
};

class MpiGroup : public ProcessGroup {
 public:
  MpiGroup(MPI_Comm parent, double deadline_s) {
    MPI_Comm_rank(parent, &waiter_.rank);
    MPI_Comm_size(parent, &waiter_.size);
    waiter_.deadline_s = deadline_s;
    const Watchdog watchdog = guard(waiter_, "making a group");
    check_mpi(MPI_Comm_dup(parent, &comm_), "making a group");
    check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "making a group");
    MPI_Comm node;
    check_mpi(MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node),
              "finding the ranks of this node");
    MPI_Comm_size(node, &local_size_);
    MPI_Comm_rank(node, &local_rank_);
    MPI_Comm_free(&node);
  }
  ~MpiGroup() override {
    if (std::uncaught_exceptions() == 0) MPI_Comm_free(&comm_);
  }

  int rank() const override { return waiter_.rank; }
  int size() const override { return waiter_.size; }
  int local_size() const override { return local_size_; }
  int local_rank() const override { return local_rank_; }

  void barrier(const char* what) override {
    MPI_Request request;
    check_mpi(MPI_Ibarrier(comm_, &request), what);
    waiter_.wait(&request, 1, what);
  }

  std::vector<std::string> all_gather(std::string_view mine, const char* what) override {
    return exchange(std::vector<std::string>(static_cast<size_t>(size()), std::string(mine)), what);
  }

  std::vector<std::string> exchange(const std::vector<std::string>& to_rank,
                                    const char* what) override {
    const auto ranks = static_cast<size_t>(size());
    R1_CHECK(to_rank.size() == ranks, what, ": ", to_rank.size(), " messages for ", ranks,
             " ranks");
    std::vector<int64_t> sends(ranks), receives(ranks);
    for (size_t r = 0; r < ranks; ++r) sends[r] = static_cast<int64_t>(to_rank[r].size());
    MPI_Request sizes;
    check_mpi(
        MPI_Ialltoall(sends.data(), 1, MPI_INT64_T, receives.data(), 1, MPI_INT64_T, comm_, &sizes),
        what);
    waiter_.wait(&sizes, 1, what);
    std::vector<std::string> from_rank(ranks);
    std::vector<MPI_Request> requests;
    for (size_t r = 0; r < ranks; ++r) {
      from_rank[r].resize(static_cast<size_t>(receives[r]));
      if (r == static_cast<size_t>(rank())) {
        from_rank[r] = to_rank[r];
        continue;
      }
      const int peer = static_cast<int>(r);
      if (receives[r] > 0)
        check_mpi(MPI_Irecv(from_rank[r].data(), checked_count(receives[r], what), MPI_BYTE, peer,
                            0, comm_, &requests.emplace_back()),
                  what);
      if (sends[r] > 0)
        check_mpi(MPI_Isend(to_rank[r].data(), checked_count(sends[r], what), MPI_BYTE, peer, 0,
                            comm_, &requests.emplace_back()),
                  what);
    }
    waiter_.wait(requests.data(), static_cast<int>(requests.size()), what);
    return from_rank;
  }

  std::unique_ptr<Work> start_reduce_scatter(const TensorView& bucket, const TensorView& mine,
                                             const char* what) override {
    check_slices(bucket, mine, what);
    if (bucket.dtype == Dtype::kF64)
      return std::make_unique<PendingReduce<double>>(waiter_, comm_, bucket, mine, what);
    return std::make_unique<PendingReduce<float>>(waiter_, comm_, bucket, mine, what);
  }

  std::unique_ptr<Work> start_all_gather(const TensorView& mine, const TensorView& bucket,
                                         const char* what) override {
    check_parts(bucket, mine, what);
    const int count = checked_count(mine.size(), what);
    auto* place = static_cast<std::byte*>(bucket.bytes) + rank() * mine.size_in_bytes();
    if (mine.bytes != place && mine.size() > 0)
      std::memcpy(place, mine.bytes, static_cast<size_t>(mine.size_in_bytes()));
    MPI_Request request;
    check_mpi(MPI_Iallgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, bucket.bytes, count,
                             mpi_type(bucket), comm_, &request),
              what);
    return std::make_unique<PendingGather>(waiter_, request, what);
  }

  void reduce_scatter_rows(const TensorView& data, const TensorView& mine,
                           const char* what) override {
    const Parts parts = parts_of(data, what);
    const int count = parts.counts[static_cast<size_t>(rank())];
    check_part(data, mine, what);
    if (received_.size_in_bytes() < size() * mine.size_in_bytes())
      received_ = Buffer(size() * mine.size_in_bytes(), Device::kCpu);
    const std::vector<int> received(parts.counts.size(), count);
    std::vector<int> places;
    for (int r = 0; r < size(); ++r) places.push_back(r * count);
    MPI_Request request;
    check_mpi(MPI_Ialltoallv(data.bytes, parts.counts.data(), parts.begins.data(), mpi_type(data),
                             received_.data(), received.data(), places.data(), mpi_type(data),
                             comm_, &request),
              what);
    waiter_.wait(&request, 1, what);
    const auto add = [&]<class T>(T* sum) {
      kernels::sum_parts<Device::kCpu, T>(size(), count, static_cast<const T*>(received_.data()),
                                          sum, {});
    };
    if (data.dtype == Dtype::kBf16) return add(mine.data<Bf16>());
    if (data.dtype == Dtype::kF64) return add(mine.data<double>());
    add(mine.data<float>());
  }

  void all_gather_rows(const TensorView& data, const char* what) override {
    const Parts parts = parts_of(data, what);
    MPI_Request request;
    check_mpi(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data.bytes, parts.counts.data(),
                              parts.begins.data(), mpi_type(data), comm_, &request),
              what);
    waiter_.wait(&request, 1, what);
  }

  void add_in_turn(const TensorView& data, FunctionRef<void()> add, const char* what) override {
    const int count = checked_count(data.size(), what);
    MPI_Request request;
    if (rank() > 0) {
      check_mpi(MPI_Irecv(data.bytes, count, mpi_type(data), rank() - 1, 0, comm_, &request), what);
      waiter_.wait(&request, 1, what);
    }
    add();
    if (rank() + 1 < size()) {
      check_mpi(MPI_Isend(data.bytes, count, mpi_type(data), rank() + 1, 0, comm_, &request), what);
      waiter_.wait(&request, 1, what);
    }
    check_mpi(MPI_Ibcast(data.bytes, count, mpi_type(data), size() - 1, comm_, &request), what);
    waiter_.wait(&request, 1, what);
  }

  std::unique_ptr<SharedCounter> make_counter() override {
    return std::make_unique<MpiCounter>(waiter_, comm_, *this);
  }

  std::unique_ptr<ProcessGroup> split(int color) override {
    const Watchdog watchdog = guard(waiter_, "splitting a group");
    MPI_Comm part;
    check_mpi(MPI_Comm_split(comm_, color, rank(), &part), "splitting a group");
    auto group = std::make_unique<MpiGroup>(part, waiter_.deadline_s);
    MPI_Comm_free(&part);
    return group;
  }

  Communicator communicator() override {
    return {&comm_, rank(), size(), [this](const char* what) { barrier(what); },
            [this](const std::string& text, const char* what) { return broadcast(text, 0, what); }};
  }

 private:
  // The ranks' parts of the rows, in elements.
  struct Parts {
    std::vector<int> counts, begins;
  };
  Parts parts_of(const TensorView& data, const char* what) const {
    R1_CHECK(data.device == Device::kCpu, what, ": MPI is given no memory of ",
             to_string(data.device));
    checked_count(data.size(), what);
    Parts parts;
    for (int r = 0; r < size(); ++r) {
      const FlatRange part = elements_of(data, r);
      parts.counts.push_back(static_cast<int>(part.count));
      parts.begins.push_back(static_cast<int>(part.begin));
    }
    return parts;
  }

  void check_slices(const TensorView& bucket, const TensorView& mine, const char* what) const {
    check_parts(bucket, mine, what);
    R1_CHECK(bucket.dtype != Dtype::kBf16, what, ": bf16 is not summed in slices");
  }

  void check_parts(const TensorView& bucket, const TensorView& mine, const char* what) const {
    R1_CHECK(bucket.size() == mine.size() * size() && bucket.dtype == mine.dtype, what,
             ": a bucket ", bucket.shape.to_string(), " of ", to_string(bucket.dtype),
             " and a slice ", mine.shape.to_string(), " of ", to_string(mine.dtype), " on ", size(),
             " ranks");
  }

  MPI_Comm comm_ = MPI_COMM_NULL;
  Waiter waiter_;
  int local_size_ = 1, local_rank_ = 0;
  Buffer received_;  // of reduce_scatter_rows
};

}  // namespace

std::unique_ptr<ProcessGroup> mpi_world_group(double deadline_s) {
  return std::make_unique<MpiGroup>(MPI_COMM_WORLD, deadline_s);
}

}  // namespace r1
