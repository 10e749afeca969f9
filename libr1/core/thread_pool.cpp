#include "libr1/core/thread_pool.h"

#include <immintrin.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "libr1/core/error.h"

namespace r1 {
namespace {

// Longer than the gap between two kernels of a layer, shorter than a scheduler's time slice.
constexpr auto kSpin = std::chrono::microseconds(20);

thread_local bool inside_loop = false;

// Spins for kSpin, then gives up; the caller then sleeps on a condition variable.
template <class Ready>
bool spin_until(Ready ready) {
  const auto give_up = std::chrono::steady_clock::now() + kSpin;
  while (std::chrono::steady_clock::now() < give_up) {
    for (int i = 0; i < 64; ++i) {
      if (ready()) return true;
      _mm_pause();
    }
  }
  return ready();
}

}  // namespace

struct ThreadPool::State {
  ~State() {
    {
      const std::lock_guard lock(mutex);
      quit = true;
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable finished;

  // One loop. Written by the caller before `generation` moves, read by workers after it did.
  const FunctionRef<void(int64_t, int64_t)>* body = nullptr;
  int64_t count = 0;
  int64_t grain = 1;
  std::atomic<int64_t> next{0};
  std::atomic<uint64_t> generation{0};
  // Twice the number of workers inside the loop, plus 1 while more may enter. The caller closes
  // the gate when no range is left, so it never waits for a worker that was not scheduled in time.
  std::atomic<uint64_t> gate{0};
  std::atomic<bool> quit{false};
  std::exception_ptr error;

  void take_ranges() {
    inside_loop = true;
    for (;;) {
      const int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= count) break;
      try {
        (*body)(begin, std::min(count, begin + grain));
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next.store(count, std::memory_order_relaxed);
      }
    }
    inside_loop = false;
  }

  bool enter() {
    uint64_t value = gate.load();
    while (value & 1)
      if (gate.compare_exchange_weak(value, value + 2)) return true;
    return false;
  }

  void work() {
    uint64_t seen = 0;
    const auto called = [&] { return generation.load() != seen || quit.load(); };
    for (;;) {
      if (!spin_until(called)) {
        std::unique_lock lock(mutex);
        wake.wait(lock, called);
      }
      if (quit.load()) return;
      seen = generation.load();
      if (!enter()) continue;
      take_ranges();
      if (gate.fetch_sub(2) == 2) {
        const std::lock_guard lock(mutex);
        finished.notify_one();
      }
    }
  }
};

ThreadPool::ThreadPool(int num_threads) : state_(std::make_unique<State>()) {
  for (int i = 1; i < num_threads; ++i) {
    try {
      state_->threads.emplace_back([state = state_.get()] { state->work(); });
    } catch (const std::system_error& error) {
      throw_error(Fault::kRun,
                  concat("cannot start thread ", i + 1, " of ", num_threads, ": ", error.what(),
                         "; lower --threads or raise the limit of processes (ulimit -u, pids)"));
    }
  }
}

ThreadPool::~ThreadPool() = default;

int ThreadPool::num_threads() const { return static_cast<int>(state_->threads.size()) + 1; }

void ThreadPool::parallel_for(int64_t count, int64_t grain,
                              FunctionRef<void(int64_t, int64_t)> body) {
  if (count <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  if (state_->threads.empty() || inside_loop || count <= grain) {
    for (int64_t begin = 0; begin < count; begin += grain)
      body(begin, std::min(count, begin + grain));
    return;
  }
  State& state = *state_;
  state.body = &body;
  state.count = count;
  state.grain = grain;
  state.next = 0;
  state.gate = 1;
  {
    const std::lock_guard lock(state.mutex);
    state.generation.fetch_add(1);
  }
  state.wake.notify_all();
  state.take_ranges();
  state.gate.fetch_sub(1);
  const auto done = [&] { return state.gate.load() == 0; };
  if (!spin_until(done)) {
    std::unique_lock lock(state.mutex);
    state.finished.wait(lock, done);
  }
  if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
}

void parallel_for(const Stream& stream, int64_t count, int64_t grain,
                  FunctionRef<void(int64_t, int64_t)> body) {
  if (stream.pool) return stream.pool->parallel_for(count, grain, body);
  if (count > 0) body(0, count);
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace r1
