#include "libr1/core/watchdog.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace r1 {

struct Watchdog::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::thread thread;
};

Watchdog::Watchdog(double seconds, std::string message, int code)
    : state_(std::make_unique<State>()) {
  state_->thread = std::thread([state = state_.get(), seconds, message = std::move(message), code] {
    std::unique_lock lock(state->mutex);
    constexpr double kLongest = 1e8;  // three years; no clock's nanoseconds overflow
    if (state->changed.wait_for(lock, std::chrono::duration<double>(std::min(seconds, kLongest)),
                                [&] { return state->done; }))
      return;
    std::fprintf(stderr, "%s\n", message.c_str());
    std::fflush(stderr);
    std::_Exit(code);  // destructors would wait for the same ranks
  });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->done = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

}  // namespace r1
