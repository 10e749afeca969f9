#include "libr1/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libr1/core/fault.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

constexpr double kPoll = 0.1;  // seconds

FileLock::State try_lock(int fd, const std::string& path) {
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

FileLock::FileLock(const std::string& path, double wait_s, const std::string& note)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) throw_errno("cannot create " + path);
  for (double waited = 0;; waited += kPoll) {
    state_ = try_lock(fd_, path_);
    if (state_ != State::kTaken || waited >= wait_s) break;
    ::usleep(static_cast<useconds_t>(kPoll * 1e6));
  }
  if (state_ == State::kTaken) holder_ = read_file(path_);
  if (state_ == State::kTaken && holder_.empty()) holder_ = "another process";  // about to write it
  // The note is for people: without it (a full disk) the lock is as good.
  const bool written = state_ == State::kHeld && ::ftruncate(fd_, 0) == 0 &&
                       ::pwrite(fd_, note.data(), note.size(), 0) >= 0;
  static_cast<void>(written);
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace r1
