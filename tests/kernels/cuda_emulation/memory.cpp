#include "tests/kernels/cuda_emulation/memory.h"

#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "tests/kernels/cuda/device_array.h"
#include "tests/kernels/cuda_emulation/block.h"

using cudaStream_t = struct CUstream_st*;

namespace r1 {
namespace cuda_emulation {
namespace {

constexpr int64_t kPage = 4096;

struct Region {
  std::byte* pages = nullptr;
  int64_t open_bytes = 0;  // the guard page follows
  int64_t size = 0;
};

struct Memory {
  std::map<const std::byte*, Region> regions;  // by the address that was handed out
  int open = 0;
  Work queue;
  Work* recording = nullptr;  // takes what would be queued
};

Memory& memory() {
  static Memory only;
  return only;
}

void protect(const Region& region, int protection) {
  R1_CHECK(mprotect(region.pages, static_cast<size_t>(region.open_bytes), protection) == 0,
           "cannot protect memory of the emulated device");
}

}  // namespace

void* allocate(int64_t size, int64_t alignment) {
  R1_CHECK(!memory().recording, "memory is allocated while work is recorded");
  const int64_t used = (size + alignment - 1) / alignment * alignment;
  Region region{nullptr, std::max((used + kPage - 1) / kPage * kPage, kPage), size};
  void* pages = mmap(nullptr, static_cast<size_t>(region.open_bytes + kPage), PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  R1_CHECK(pages != MAP_FAILED, "cannot map ", region.open_bytes, " bytes");
  region.pages = static_cast<std::byte*>(pages);
  if (memory().open > 0) protect(region, PROT_READ | PROT_WRITE);
  std::byte* bytes = region.pages + region.open_bytes - used;
  memory().regions[bytes] = region;
  return bytes;
}

void release(void* bytes) {
  if (!bytes) return;
  const auto found = memory().regions.find(static_cast<std::byte*>(bytes));
  R1_CHECK(found != memory().regions.end(), "this is not memory of the emulated device");
  munmap(found->second.pages, static_cast<size_t>(found->second.open_bytes + kPage));
  memory().regions.erase(found);
}

bool is_on_device(const void* bytes) {
  const auto* at = static_cast<const std::byte*>(bytes);
  if (!at) return true;
  auto found = memory().regions.upper_bound(at);
  if (found == memory().regions.begin()) return false;
  --found;
  return at <= found->first + found->second.size;
}

void enqueue(std::function<void()> work) {
  (memory().recording ? *memory().recording : memory().queue).push_back(std::move(work));
}

void drain() {
  R1_CHECK(!memory().recording, "the device is waited for while its work is recorded");
  const Work queue = std::exchange(memory().queue, {});
  if (queue.empty()) return;
  const OpenMemory open;  // once for all
  for (const auto& work : queue) work();
}

Recording::Recording(Work& work) {
  R1_CHECK(!memory().recording, "work is recorded already");
  memory().recording = &work;
}

Recording::~Recording() { memory().recording = nullptr; }

bool is_recording() { return memory().recording != nullptr; }

OpenMemory::OpenMemory() {
  if (memory().open++ > 0) return;
  for (const auto& [bytes, region] : memory().regions) protect(region, PROT_READ | PROT_WRITE);
}

OpenMemory::~OpenMemory() {
  if (--memory().open > 0) return;
  for (const auto& [bytes, region] : memory().regions) protect(region, PROT_NONE);
}

}  // namespace cuda_emulation

// libr1/core/gpu.h on the emulated device.
namespace gpu {

int count() { return 8; }  // for as many ranks as a test has
std::string why_none() { return ""; }
void select(int) {}
int selected() { return 0; }
std::string name(int) { return "emulation"; }
int compute_capability() { return 90; }
MemoryInfo memory_info() { return {int64_t{8} << 30, int64_t{8} << 30}; }
void* allocate(int64_t size) { return cuda_emulation::allocate(size, 64); }
void release(void* bytes) noexcept {
  synchronize({});
  cuda_emulation::release(bytes);
}
void* take(int64_t size, const Stream&) {
  void* bytes = cuda_emulation::allocate(size, 64);
  cuda_emulation::enqueue([=] {
    const cuda_emulation::OpenMemory open;
    std::memset(bytes, 0xff, static_cast<size_t>(size));
  });
  return bytes;
}
void give_back(void* bytes, const Stream&) noexcept {
  if (bytes) cuda_emulation::enqueue([=] { cuda_emulation::release(bytes); });
}
void upload(const void* from, void* to, int64_t size, const Stream&) {
  R1_CHECK(!cuda_emulation::is_recording(), "an upload is recorded");
  const auto* bytes = static_cast<const std::byte*>(from);
  cuda_emulation::enqueue([to, copied = std::vector<std::byte>(bytes, bytes + size)] {
    const cuda_emulation::OpenMemory open;
    std::memcpy(to, copied.data(), copied.size());
  });
}
void copy(const void* from, void* to, int64_t size, const Stream&) {
  R1_CHECK(!cuda_emulation::is_recording() ||
               (cuda_emulation::is_on_device(from) && cuda_emulation::is_on_device(to)),
           "a copy from or to the host is recorded");
  cuda_emulation::enqueue([=] {
    const cuda_emulation::OpenMemory open;
    std::memcpy(to, from, static_cast<size_t>(size));
  });
}
void zero(void* bytes, int64_t size, const Stream&) {
  cuda_emulation::enqueue([=] {
    const cuda_emulation::OpenMemory open;
    std::memset(bytes, 0, static_cast<size_t>(size));
  });
}
void synchronize(const Stream&) { cuda_emulation::drain(); }

PageLock::PageLock(void* bytes, int64_t) : locked_(bytes) {}
PageLock::~PageLock() = default;
struct Event::State {
  std::shared_ptr<std::atomic<bool>> reached;
  std::thread::id recorded_by;
};
Event::Event() : state_(std::make_unique<State>()) {}
Event::~Event() = default;
void Event::record(const Stream&) {
  R1_CHECK(!cuda_emulation::is_recording(), "an event is recorded");
  state_->reached = std::make_shared<std::atomic<bool>>(false);
  state_->recorded_by = std::this_thread::get_id();
  cuda_emulation::enqueue([reached = state_->reached] { *reached = true; });
}
// The thread that gives the device its work has to do it as well; others look on.
bool Event::is_reached() const {
  if (std::this_thread::get_id() == state_->recorded_by) cuda_emulation::drain();
  return *state_->reached;
}
void Event::wait() const { cuda_emulation::drain(); }
void Event::hold(const Stream&) const {}  // there is one queue

struct Download::State {
  std::vector<std::byte> bytes;
};
Download::Download() : state_(std::make_unique<State>()) {}
Download::~Download() = default;
void Download::start(const void* from, int64_t size, const Stream& stream) {
  state_->bytes.resize(static_cast<size_t>(size));
  copy(from, state_->bytes.data(), size, stream);
}
const void* Download::wait() {
  cuda_emulation::drain();
  return state_->bytes.data();
}

Queue::Queue() = default;
Queue::~Queue() = default;

struct Graph::Recorded {
  cuda_emulation::Work work;
};
Graph::Graph(const Stream&, FunctionRef<void()> body) : recorded_(std::make_unique<Recorded>()) {
  const cuda_emulation::Recording recording(recorded_->work);
  body();
}
Graph::~Graph() = default;
void Graph::run(const Stream&) const {
  for (const auto& work : recorded_->work) cuda_emulation::enqueue(work);
}

}  // namespace gpu

// libr1/core/cuda_stream.h: there is one stream.
cudaStream_t native_stream(const Stream&) { return nullptr; }

// tests/kernels/cuda/device_array.h
namespace kernels {

void reseed(uint64_t seed) { cuda_emulation::set_seed(seed); }
int64_t fence_behind() { return 0; }
void* device_allocate(int64_t size) { return cuda_emulation::allocate(size, 1); }

}  // namespace kernels
}  // namespace r1
