// A lock on a file that only one process holds. The kernel releases it when the process ends,
// however it ends: a crash leaves nothing that the next start would have to clear away. Only a file
// server may keep the lock of a machine that died; a holder that lives touches the file meanwhile.
#pragma once

#include <memory>
#include <string>

namespace r1 {

class FileLock {
 public:
  enum class State {
    kHeld,
    kTaken,    // by another process
    kUnknown,  // this file system has no locks
  };

  // Makes the file; waits up to wait_s for another process, which may be about to end. Once the
  // lock is held, `note` stands in the file, for those who find it taken, and it is touched every
  // touch_s. Throws (fault.h) when the file cannot be made.
  FileLock(const std::string& path, double wait_s, const std::string& note, double touch_s = 10);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  State state() const { return state_; }
  const std::string& holder() const { return holder_; }  // kTaken: the other's note
  // kTaken: whether the holder touches the file within so many seconds; a network's file system may
  // show that a minute late.
  bool holder_lives(double within_s) const;

 private:
  struct Touching;
  void touch_every(double seconds);

  std::string path_, holder_;
  int fd_ = -1;
  State state_ = State::kTaken;
  std::shared_ptr<Touching> touching_;
};

}  // namespace r1
