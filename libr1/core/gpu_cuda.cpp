#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "libr1/core/cuda_stream.h"
#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "libr1/core/log.h"

namespace r1 {
namespace gpu {
namespace {

void check(cudaError_t code, const std::string& call) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // it is told below; a launch after it must not find it and call it its own
  int device = -1;
  cudaGetDevice(&device);
  throw_error(Fault::kRun, concat("CUDA failed in ", call, " on GPU ", device, ": ",
                                  cudaGetErrorName(code), ", ", cudaGetErrorString(code)));
}

// cudaSuccess, cudaErrorNotReady or what went wrong. "Not ready" is not left behind for the next
// launch, which would report it as its own.
cudaError_t query(cudaEvent_t event) {
  const cudaError_t code = cudaEventQuery(event);
  if (code == cudaErrorNotReady) cudaGetLastError();
  return code;
}

// Page-locked memory that small copies to the GPU are made from, used in turns: a part is filled
// again when the copy from it is done. Never freed: the process ends after CUDA does.
class Staging {
 public:
  static constexpr int64_t kBytes = 16 << 20;

  Staging() { check(cudaHostAlloc(&bytes_, kBytes, cudaHostAllocDefault), "cudaHostAlloc"); }

  void copy(const void* from, void* to, int64_t size, cudaStream_t stream) {
    if (next_ + size > kBytes) {
      while (!copies_.empty() && copies_.front().begin >= next_)
        forget_oldest();  // of the turn before
      next_ = 0;
    }
    while (!copies_.empty() &&
           (query(copies_.front().done) == cudaSuccess ||
            (copies_.front().begin < next_ + size && next_ < copies_.front().end)))
      forget_oldest();
    auto* staged = static_cast<std::byte*>(bytes_) + next_;
    std::memcpy(staged, from, static_cast<size_t>(size));
    check(cudaMemcpyAsync(to, staged, static_cast<size_t>(size), cudaMemcpyHostToDevice, stream),
          concat("an upload of ", size, " bytes"));
    cudaEvent_t done = nullptr;
    if (spare_.empty()) {
      check(cudaEventCreateWithFlags(&done, cudaEventDisableTiming), "cudaEventCreate");
    } else {
      done = spare_.back();
      spare_.pop_back();
    }
    check(cudaEventRecord(done, stream), "cudaEventRecord");
    copies_.push_back({next_, next_ + size, done});
    next_ += (size + 63) / 64 * 64;
  }

 private:
  struct Copy {
    int64_t begin, end;
    cudaEvent_t done;
  };
  void forget_oldest() {
    check(cudaEventSynchronize(copies_.front().done), "the wait for an upload");
    spare_.push_back(copies_.front().done);
    copies_.pop_front();
  }

  void* bytes_ = nullptr;
  int64_t next_ = 0;         // copies of this turn lie before it, those of the turn before behind
  std::deque<Copy> copies_;  // on their way, oldest first
  std::vector<cudaEvent_t> spare_;
};

Staging& staging() {
  thread_local Staging* const mine = new Staging;
  return *mine;
}

// Where take() takes from; what is given back stays there. nullptr where a GPU has none (some that
// are shared by virtual machines): memory is allocated each time then, which waits for the GPU.
cudaMemPool_t memory_pool() {
  static const cudaMemPool_t kept = [] {
    int device = 0, supported = 0;
    cudaMemPool_t pool = nullptr;
    uint64_t most = UINT64_MAX;
    check(cudaGetDevice(&device), "cudaGetDevice");
    check(cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, device),
          "cudaDeviceGetAttribute");
    if (!supported) return pool;
    check(cudaDeviceGetDefaultMemPool(&pool, device), "cudaDeviceGetDefaultMemPool");
    check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &most),
          "cudaMemPoolSetAttribute");
    return pool;
  }();
  return kept;
}

// Never destroyed: the process ends after CUDA does.
cudaStream_t made_stream() {
  cudaStream_t made = nullptr;
  check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return made;
}

}  // namespace

int count() {
  int found = 0;
  return cudaGetDeviceCount(&found) == cudaSuccess ? found : 0;
}

std::string why_none() {
  int found = 0;
  const cudaError_t code = cudaGetDeviceCount(&found);
  return code == cudaSuccess ? "this machine has no GPU"
                             : concat("CUDA finds none: ", cudaGetErrorString(code));
}

void select(int index) {
  check(cudaSetDevice(index), concat("cudaSetDevice(", index, ") of ", count(), " GPUs"));
}

int selected() {
  int index = 0;
  check(cudaGetDevice(&index), "cudaGetDevice");
  return index;
}

int compute_capability() {
  int major = 0, minor = 0, index = selected();
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, index),
        "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, index),
        "cudaDeviceGetAttribute");
  return 10 * major + minor;
}

std::string name(int index) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties");
  return properties.name;
}

MemoryInfo memory_info() {
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return {static_cast<int64_t>(free), static_cast<int64_t>(total)};
}

void* allocate(int64_t size_in_bytes) {
  void* bytes = nullptr;
  const auto size = static_cast<size_t>(size_in_bytes);
  bool fits = cudaMalloc(&bytes, size) == cudaSuccess;
  if (!fits && memory_pool()) {  // which may hold what nobody uses
    cudaGetLastError();
    check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    check(cudaMemPoolTrimTo(memory_pool(), 0), "cudaMemPoolTrimTo");
    fits = cudaMalloc(&bytes, size) == cudaSuccess;
  }
  if (!fits) {
    cudaGetLastError();
    const MemoryInfo memory = memory_info();
    throw_error(Fault::kRun, concat("cannot allocate ", size_in_bytes / 1.0e9,
                                    " GB of GPU memory: ", memory.free_bytes / 1.0e9, " of ",
                                    memory.total_bytes / 1.0e9, " GB are free"));
  }
  check(cudaMemset(bytes, 0, size), "cudaMemset");
  check(cudaDeviceSynchronize(), "cudaDeviceSynchronize");  // queues do not wait for each other
  return bytes;
}

void release(void* bytes) noexcept {
  if (!bytes) return;
  cudaDeviceSynchronize();
  cudaFree(bytes);
}

void* take(int64_t size_in_bytes, const r1::Stream& stream) {
  if (size_in_bytes == 0) return nullptr;
  void* bytes = nullptr;
  const auto size = static_cast<size_t>(size_in_bytes);
  check(memory_pool() ? cudaMallocAsync(&bytes, size, native_stream(stream))
                      : cudaMalloc(&bytes, size),
        concat("an allocation of ", size_in_bytes, " bytes"));
  return bytes;
}

void give_back(void* bytes, const r1::Stream& stream) noexcept {
  if (!bytes) return;
  if (memory_pool())
    cudaFreeAsync(bytes, native_stream(stream));
  else
    release(bytes);
}

void copy(const void* from, void* to, int64_t size_in_bytes, const r1::Stream& stream) {
  check(cudaMemcpyAsync(to, from, static_cast<size_t>(size_in_bytes), cudaMemcpyDefault,
                        native_stream(stream)),
        concat("a copy of ", size_in_bytes, " bytes"));
}

void upload(const void* from, void* to, int64_t size_in_bytes, const r1::Stream& stream) {
  if (size_in_bytes <= Staging::kBytes / 4)
    return staging().copy(from, to, size_in_bytes, native_stream(stream));
  copy(from, to, size_in_bytes, stream);
  synchronize(stream);
}

void zero(void* bytes, int64_t size_in_bytes, const r1::Stream& stream) {
  check(cudaMemsetAsync(bytes, 0, static_cast<size_t>(size_in_bytes), native_stream(stream)),
        "cudaMemsetAsync");
}

void synchronize(const r1::Stream& stream) {
  check(cudaStreamSynchronize(native_stream(stream)), "the work before a synchronisation");
}

PageLock::PageLock(void* bytes, int64_t size_in_bytes) {
  if (size_in_bytes == 0) return;
  const auto size = static_cast<size_t>(size_in_bytes);
  if (cudaHostRegister(bytes, size, cudaHostRegisterDefault) == cudaSuccess)
    locked_ = bytes;
  else
    log_warning(size_in_bytes / 1.0e9, " GB of host memory cannot be locked for the GPU (",
                cudaGetErrorString(cudaGetLastError()), "; ulimit -l); its copies are slower");
}

PageLock::~PageLock() {
  if (locked_) cudaHostUnregister(locked_);
}

struct Event::State {
  cudaEvent_t event = nullptr;
  ~State() {
    if (event) cudaEventDestroy(event);
  }
};

Event::Event() : state_(std::make_unique<State>()) {
  check(cudaEventCreateWithFlags(&state_->event, cudaEventDisableTiming), "cudaEventCreate");
}

Event::~Event() = default;

void Event::record(const r1::Stream& stream) {
  check(cudaEventRecord(state_->event, native_stream(stream)), "cudaEventRecord");
}

bool Event::is_reached() const {
  const cudaError_t code = query(state_->event);
  if (code != cudaErrorNotReady) check(code, "the work before an event");
  return code == cudaSuccess;
}

void Event::wait() const { check(cudaEventSynchronize(state_->event), "the work before an event"); }

void Event::hold(const r1::Stream& stream) const {
  check(cudaStreamWaitEvent(native_stream(stream), state_->event, 0), "cudaStreamWaitEvent");
}

struct Download::State {
  static constexpr int64_t kSmallest = 64 << 10;

  void* bytes = nullptr;  // page-locked
  int64_t capacity = 0;
  Event here;

  ~State() { cudaFreeHost(bytes); }
  void grow_to(int64_t size) {
    if (size <= capacity) return;
    // More than is asked for: batches grow a row at a time, and each allocation takes long.
    const int64_t more = std::max({size, 2 * capacity, kSmallest});
    capacity = 0;
    cudaFreeHost(std::exchange(bytes, nullptr));
    check(cudaHostAlloc(&bytes, static_cast<size_t>(more), cudaHostAllocDefault), "cudaHostAlloc");
    capacity = more;
  }
  // Page-locked memory takes long to make. Never freed, as Staging.
  static std::vector<std::unique_ptr<State>>& spare() {
    thread_local auto* const mine = new std::vector<std::unique_ptr<State>>;
    return *mine;
  }
};

Download::Download() = default;

Download::~Download() {
  if (state_) State::spare().push_back(std::move(state_));
}

void Download::start(const void* from, int64_t size_in_bytes, const r1::Stream& stream) {
  if (!state_ && !State::spare().empty()) {
    state_ = std::move(State::spare().back());
    State::spare().pop_back();
  }
  if (!state_) state_ = std::make_unique<State>();
  state_->grow_to(size_in_bytes);
  check(cudaMemcpyAsync(state_->bytes, from, static_cast<size_t>(size_in_bytes),
                        cudaMemcpyDeviceToHost, native_stream(stream)),
        concat("a download of ", size_in_bytes, " bytes"));
  state_->here.record(stream);
}

const void* Download::wait() {
  state_->here.wait();
  return state_->bytes;
}

Queue::Queue() : cuda_stream_(made_stream()) {}

Queue::~Queue() { cudaStreamDestroy(native_stream(stream())); }

struct Graph::Recorded {
  cudaGraphExec_t ready = nullptr;
  ~Recorded() {
    if (ready) cudaGraphExecDestroy(ready);
  }
};

Graph::Graph(const r1::Stream& stream, FunctionRef<void()> body)
    : recorded_(std::make_unique<Recorded>()) {
  cudaGraph_t graph = nullptr;
  check(cudaStreamBeginCapture(native_stream(stream), cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
  try {
    body();
  } catch (...) {
    cudaStreamEndCapture(native_stream(stream), &graph);
    if (graph) cudaGraphDestroy(graph);
    throw;
  }
  check(cudaStreamEndCapture(native_stream(stream), &graph), "cudaStreamEndCapture");
  const cudaError_t made = cudaGraphInstantiate(&recorded_->ready, graph, 0);
  cudaGraphDestroy(graph);
  check(made, "cudaGraphInstantiate");
}

Graph::~Graph() = default;

void Graph::run(const r1::Stream& stream) const {
  check(cudaGraphLaunch(recorded_->ready, native_stream(stream)), "cudaGraphLaunch");
}

}  // namespace gpu

cudaStream_t native_stream(const Stream& stream) {
  if (stream.cuda_stream) return static_cast<cudaStream_t>(stream.cuda_stream);
  thread_local const cudaStream_t own = gpu::made_stream();
  return own;
}

}  // namespace r1
