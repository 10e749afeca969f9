#include "libr1/core/work_watch.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "libr1/core/crash_report.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause{1};

[[noreturn]] void end_process(const std::string& who, const char* what, const std::string& why) {
  constexpr int kFailed = 70;  // as a failed stage
  const std::string place = crash_place();
  std::fprintf(stderr, "%s%s%s, '%s': %s\n", place.c_str(), place.empty() ? "" : ": ", who.c_str(),
               what, why.c_str());
  std::fflush(stderr);
  std::_Exit(kFailed);  // destructors would wait for the same ranks
}

}  // namespace

// One thread asks, in order. The question may itself be held up by what it asks about (a driver
// whose queue is full answers nobody), so another thread looks at the time.
struct WorkWatch::State {
  struct Piece {
    const char* what;
    IsDone is_done;
  };

  State(double deadline, std::string name) : deadline_s(deadline), who(std::move(name)) {}
  ~State() {
    {
      const std::lock_guard lock(mutex);
      ended = true;
    }
    changed.notify_all();
    if (asker.joinable()) asker.join();  // held up by what it asks, until the deadline
    changed.notify_all();
    if (clock.joinable()) clock.join();
  }

  void ask() {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return ended || !pieces.empty(); });
      if (ended) return;
      Piece piece = std::move(pieces.front());
      pieces.pop_front();
      asked = piece.what;
      since = Clock::now();
      for (;;) {
        lock.unlock();
        const bool done = is_done(piece);
        lock.lock();
        if (done) break;
        if (changed.wait_for(lock, kPause, [&] { return ended; })) break;
      }
      // What it holds may be an event of the same driver: the time is looked at meanwhile.
      lock.unlock();
      piece.is_done = nullptr;
      lock.lock();
      asked = nullptr;
    }
  }

  void look_at_the_time() {
    const std::chrono::duration<double> pause(std::min(1.0, deadline_s / 4));
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, pause, [&] { return ended && !asked; })) {
      const double waited = std::chrono::duration<double>(Clock::now() - since).count();
      if (asked && waited >= deadline_s)
        end_process(who, asked,
                    concat("waited ", static_cast<int64_t>(waited),
                           " s for the other ranks; a rank is dead, stopped or much slower"));
    }
  }

  bool is_done(const Piece& piece) const {
    try {
      return piece.is_done();
    } catch (const std::exception& error) {
      end_process(who, piece.what, error.what());
    }
  }

  double deadline_s;
  std::string who;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Piece> pieces;
  const char* asked = nullptr;  // the piece that is not done yet,
  Clock::time_point since;      // and from when on
  bool ended = false;
  std::thread asker, clock;
};

WorkWatch::WorkWatch(double deadline_s, std::string who)
    : state_(std::make_unique<State>(deadline_s, std::move(who))) {
  try {
    state_->asker = std::thread([state = state_.get()] { state->ask(); });
    state_->clock = std::thread([state = state_.get()] { state->look_at_the_time(); });
  } catch (const std::system_error& error) {
    throw_error(Fault::kRun, concat("cannot start the threads that watch collectives: ",
                                    error.what(), "; allow more of them (ulimit -u, pids.max)"));
  }
}

WorkWatch::~WorkWatch() = default;

void WorkWatch::add(const char* what, IsDone is_done) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->pieces.push_back({what, std::move(is_done)});
  }
  state_->changed.notify_all();
}

}  // namespace r1
