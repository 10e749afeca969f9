#include "libr1/core/error.h"
#include "libr1/core/gpu.h"

namespace r1::gpu {
namespace {

[[noreturn]] void refuse() { throw_error(Fault::kRun, "this build has no CUDA back end"); }

}  // namespace

int count() { return 0; }
std::string why_none() { return "this build has no CUDA back end; build it where nvcc is found"; }
void select(int) { refuse(); }
int selected() { refuse(); }
std::string name(int) { refuse(); }
int compute_capability() { refuse(); }
MemoryInfo memory_info() { refuse(); }
void* allocate(int64_t) { refuse(); }
void release(void*) noexcept {}
void* take(int64_t, const r1::Stream&) { refuse(); }
void give_back(void*, const r1::Stream&) noexcept {}
void copy(const void*, void*, int64_t, const r1::Stream&) { refuse(); }
void upload(const void*, void*, int64_t, const r1::Stream&) { refuse(); }
void zero(void*, int64_t, const r1::Stream&) { refuse(); }
void synchronize(const r1::Stream&) {}
PageLock::PageLock(void*, int64_t) { refuse(); }
PageLock::~PageLock() = default;
struct Event::State {};
Event::Event() { refuse(); }
Event::~Event() = default;
void Event::record(const r1::Stream&) { refuse(); }
bool Event::is_reached() const { refuse(); }
void Event::wait() const { refuse(); }
void Event::hold(const r1::Stream&) const { refuse(); }
struct Download::State {};
Download::Download() = default;
Download::~Download() = default;
void Download::start(const void*, int64_t, const r1::Stream&) { refuse(); }
const void* Download::wait() { refuse(); }
Queue::Queue() { refuse(); }
Queue::~Queue() = default;
struct Graph::Recorded {};
Graph::Graph(const r1::Stream&, FunctionRef<void()>) { refuse(); }
Graph::~Graph() = default;
void Graph::run(const r1::Stream&) const { refuse(); }

}  // namespace r1::gpu
