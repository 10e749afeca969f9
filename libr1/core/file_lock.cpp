#include "libr1/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include "libr1/core/fault.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

constexpr double kPoll = 0.1;  // seconds

FileLock::State take(int fd, const std::string& path) {
  for (;;) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return FileLock::State::kHeld;
    if (errno == EWOULDBLOCK) return FileLock::State::kTaken;
    // What parallel file systems say that are mounted without locks.
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
      return FileLock::State::kUnknown;
    R1_CHECK(errno == EINTR, "cannot lock ", path, ": ", std::strerror(errno));
  }
}

}  // namespace

// Shared with a thread that nobody waits for: on a file system that hangs it would keep the process
// from its end.
struct FileLock::Touching {
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
};

FileLock::FileLock(const std::string& path, double wait_s, const std::string& note, double touch_s)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) throw_errno("cannot create " + path);
  for (double waited = 0;; waited += kPoll) {
    state_ = take(fd_, path_);
    if (state_ != State::kTaken || waited >= wait_s) break;
    ::usleep(static_cast<useconds_t>(kPoll * 1e6));
  }
  if (state_ == State::kTaken) holder_ = read_file(path_);
  if (state_ == State::kTaken && holder_.empty()) holder_ = "another process";  // about to write it
  // The note is for people: without it (a full disk) the lock is as good.
  const bool written = state_ == State::kHeld && ::ftruncate(fd_, 0) == 0 &&
                       ::pwrite(fd_, note.data(), note.size(), 0) >= 0;
  static_cast<void>(written);
  if (state_ == State::kHeld) touch_every(touch_s);
}

FileLock::~FileLock() {
  if (touching_) {
    const std::lock_guard lock(touching_->mutex);
    touching_->ended = true;
    touching_->changed.notify_all();
  }
  ::close(fd_);
}

void FileLock::touch_every(double seconds) {
  touching_ = std::make_shared<Touching>();
  const auto touch = [state = touching_, path = path_, seconds] {
    std::unique_lock lock(state->mutex);
    const std::chrono::duration<double> pause(seconds);
    while (!state->changed.wait_for(lock, pause, [&] { return state->ended; })) {
      lock.unlock();
      ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
      lock.lock();
    }
  };
  try {
    std::thread(touch).detach();
  } catch (const std::system_error&) {
    // Without a thread it is a lock all the same.
  }
}

bool FileLock::holder_lives(double within_s) const {
  std::error_code error;
  const auto before = std::filesystem::last_write_time(path_, error);
  for (double waited = 0; waited < within_s && !error; waited += kPoll) {
    ::usleep(static_cast<useconds_t>(kPoll * 1e6));
    if (std::filesystem::last_write_time(path_, error) != before) return true;
  }
  return false;
}

}  // namespace r1
