// Child processes with deadlines, of a process that has threads, MPI and devices: started by
// posix_spawn, which runs none of our code between fork and exec and copies no page tables.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "libr1/sandbox/descriptor.h"

namespace r1 {

struct Command {
  std::vector<std::string> argv;         // argv[0] is a path
  std::vector<std::string> environment;  // "NAME=value"; nothing is inherited
  std::string folder;                    // working folder; empty: ours
  // Becomes descriptors 0, 1, ... of the child, which inherits no other.
  std::vector<int> descriptors;
  // Which of the streams gets bwrap's JSON status, with the process that it contains; -1: none.
  int status_stream = -1;
  // Whether all that it contains is that one process, so that who looks at its threads sees a
  // program that waits.
  bool is_one_process = false;
  // A file system of that process' own, and how many files it may hold; empty: not counted.
  std::string counted_folder;
  int64_t max_files = 0;
};

enum class EndReason {
  kExited,
  kLeftOver,     // killed, as the process that it belongs to had ended
  kOutputLimit,  // more output than allowed
  kFileLimit,    // more files
  kWallClock,    // the deadline
  kAsleep,       // the deadline, until which it did hardly anything but wait
};

// What a child writes, read by us.
struct CapturedStream {
  Descriptor read;
  size_t limit = 0;  // bytes; more ends the child
  std::string text;
};

class Process {
 public:
  // Starts it in a session of its own. `streams` are the ends that we read of pipes whose other
  // ends are among the command's descriptors; those must be closed by the caller afterwards.
  Process(const Command& command, std::vector<CapturedStream> streams);
  // Kills what still runs, and waits for it.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool ended() const { return !pidfd_.is_open(); }

  const std::string& text(size_t stream) const { return streams_[stream].text; }
  EndReason reason() const { return reason_; }
  int exit_status() const;  // as a shell shows it: 128 + signal when killed by one
  double cpu_s() const { return cpu_s_; }

 private:
  using Clock = std::chrono::steady_clock;
  friend void wait_for_first(const std::vector<Process*>& processes, double seconds);
  void add_to(std::vector<pollfd>& polled) const;
  void read_streams();
  void reap(bool wait);
  // Ends it by SIGKILL: what bwrap contains, whose end bwrap then reports; or all, at once or when
  // called again seconds later.
  void kill(EndReason why);
  bool kill_contained() const;
  pid_t contained() const;  // -1: none, or not known yet
  // Whether every thread of the one process waits at this moment, for something else than a core or
  // a disk. False where that cannot be seen.
  bool is_asleep() const;
  // Kills what has made more files than it may. By looking, as no limit of the kernel counts them.
  void count_files();
  bool is_killed() const { return killed_at_ != Clock::time_point::max(); }

  pid_t pid_ = -1;
  Descriptor pidfd_;  // open until it has ended and was waited for
  int status_stream_;
  bool is_one_process_;
  std::string counted_folder_;
  int64_t max_files_;
  std::vector<CapturedStream> streams_;
  EndReason reason_ = EndReason::kExited;
  Clock::time_point killed_at_ = Clock::time_point::max();
  int status_ = 0;
  double cpu_s_ = 0;
};

// Until the first of them has ended; the others are then given a moment to end as well, and killed.
// At the deadline all are killed, and called asleep where they were so, together, at most of many
// looks. Then all have ended.
void wait_for_first(const std::vector<Process*>& processes, double seconds);

}  // namespace r1
