#include "libr1/sandbox/process.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;

// For a program to end by itself when its other half has ended, and for bwrap to report an end.
constexpr auto kGrace = std::chrono::seconds(2);
// Between two looks at something that the kernel does not tell.
constexpr int kLookMs = 50;
// Of the looks until the deadline, the share at which a program that waits is asleep: the rest is
// its start. Fewer looks tell nothing.
constexpr double kShareAsleep = 0.75;
constexpr int kFewLooks = 10;
// Above the descriptors that a child is given, so that giving one does not overwrite another.
constexpr int kHighDescriptor = 64;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// What posix_spawn is told; freed at the end of the scope.
struct SpawnSettings {
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// The C library's own declarations cannot be linked from C++ before glibc 2.37.
Descriptor open_process(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// State and parent of a process or thread by its folder in /proc; '?' when it has ended.
struct ProcessStat {
  char state = '?';
  pid_t parent = -1;
};

ProcessStat stat_of(const std::string& folder) {
  try {
    const std::string stat = read_file(folder + "/stat");
    const size_t at = stat.rfind(')');  // the name before it may hold anything
    if (at == stat.npos || stat.size() < at + 5) return {};
    return {stat[at + 2], std::atoi(stat.c_str() + at + 4)};
  } catch (const Error&) {
    return {};
  }
}

pid_t parent_of(pid_t pid) { return stat_of(concat("/proc/", pid)).parent; }

}  // namespace

Process::Process(const Command& command, std::vector<CapturedStream> streams)
    : status_stream_(command.status_stream),
      is_one_process_(command.is_one_process),
      counted_folder_(command.counted_folder),
      max_files_(command.max_files),
      streams_(std::move(streams)) {
  SpawnSettings settings;
  std::vector<Descriptor> high;
  for (const int fd : command.descriptors) {
    high.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, kHighDescriptor));
    R1_CHECK(high.back().is_open(), "no file descriptor for a sandbox: ", std::strerror(errno));
    posix_spawn_file_actions_adddup2(&settings.actions, high.back().get(),
                                     static_cast<int>(high.size()) - 1);
  }
  posix_spawn_file_actions_addclosefrom_np(&settings.actions, static_cast<int>(high.size()));
  if (!command.folder.empty())
    posix_spawn_file_actions_addchdir_np(&settings.actions, command.folder.c_str());
  for (const CapturedStream& stream : streams_) ::fcntl(stream.read.get(), F_SETFL, O_NONBLOCK);
  const auto argv = pointers(command.argv), environment = pointers(command.environment);
  const int error = ::posix_spawn(&pid_, argv[0], &settings.actions, &settings.attributes,
                                  argv.data(), environment.data());
  R1_CHECK(error == 0, "cannot start ", command.argv[0], ": ", std::strerror(error));
  pidfd_ = open_process(pid_);
  if (pidfd_.is_open()) return;
  const int reason = errno;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  throw_error(Fault::kRun, concat("cannot watch a sandbox: ", std::strerror(reason)));
}

Process::~Process() {
  if (ended()) return;
  ::kill(-pid_, SIGKILL);
  reap(true);
}

int Process::exit_status() const {
  return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
}

void Process::add_to(std::vector<pollfd>& polled) const {
  if (ended()) return;
  polled.push_back({pidfd_.get(), POLLIN, 0});
  for (const CapturedStream& stream : streams_)
    if (stream.read.is_open()) polled.push_back({stream.read.get(), POLLIN, 0});
}

void Process::read_streams() {
  for (CapturedStream& stream : streams_) {
    if (!stream.read.is_open()) continue;
    if (!read_available(stream.read.get(), stream.text)) stream.read.close();
    if (stream.text.size() <= stream.limit) continue;
    stream.text.resize(stream.limit);
    kill(EndReason::kOutputLimit);
  }
}

void Process::reap(bool wait) {
  rusage usage{};
  if (::wait4(pid_, &status_, wait ? 0 : WNOHANG, &usage) != pid_) return;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  cpu_s_ = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  pidfd_.close();
  read_streams();  // what was written last
}

pid_t Process::contained() const {
  if (status_stream_ < 0) return -1;
  constexpr std::string_view kKey = "\"child-pid\":";
  const std::string& status = streams_[static_cast<size_t>(status_stream_)].text;
  const size_t at = status.find(kKey);
  return at == status.npos ? -1 : std::atoi(status.c_str() + at + kKey.size());
}

bool Process::kill_contained() const {
  const pid_t pid = contained();
  if (pid < 0) return false;
  const Descriptor handle = open_process(pid);
  // The number may be another process' by now; the handle is not.
  return handle.is_open() && parent_of(pid) == pid_ &&
         ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0) == 0;
}

void Process::count_files() {
  const pid_t pid = contained();
  if (counted_folder_.empty() || pid < 0 || is_killed()) return;
  const std::string folder = concat("/proc/", pid, "/root", counted_folder_);
  // Until it has its own root, this is a folder of the machine.
  struct statfs kind {};
  struct stat there {
  }, ours{};
  if (::stat(concat("/proc/", pid, "/root").c_str(), &there) != 0 || ::stat("/", &ours) != 0 ||
      (there.st_dev == ours.st_dev && there.st_ino == ours.st_ino))
    return;
  if (::statfs(folder.c_str(), &kind) != 0 || kind.f_type != TMPFS_MAGIC) return;
  struct statvfs system {};
  if (::statvfs(folder.c_str(), &system) != 0) return;
  const auto files = static_cast<int64_t>(system.f_files - system.f_ffree);
  if (files > max_files_ && parent_of(pid) == pid_) kill(EndReason::kFileLimit);
}

bool Process::is_asleep() const {
  const pid_t pid = is_one_process_ ? contained() : -1;
  if (pid < 0) return false;
  std::error_code error;
  bool asleep = false;
  for (const auto& thread : fs::directory_iterator(concat("/proc/", pid, "/task"), error)) {
    if (stat_of(thread.path()).state != 'S') return false;
    asleep = true;
  }
  return asleep && !error;
}

void Process::kill(EndReason why) {
  const bool again = is_killed();
  if (again && Clock::now() < killed_at_ + kGrace) return;
  if (!again) reason_ = why;
  killed_at_ = Clock::now();
  if (ended()) return;  // what it wrote last was too much; its number may be another's by now
  if (again || !kill_contained()) ::kill(-pid_, SIGKILL);
}

void wait_for_first(const std::vector<Process*>& processes, double seconds) {
  using Clock = Process::Clock;
  constexpr auto kNever = Clock::time_point::max();
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(seconds));
  auto first_end = kNever;
  int looks = 0, asleep = 0;
  for (;;) {
    std::vector<pollfd> polled;
    for (const Process* process : processes) process->add_to(polled);
    if (polled.empty()) return;
    // The clock is looked at while something is to be killed; else it is only for the deadline.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const bool hurry = first_end != kNever || left.count() <= 0 ||
                       std::any_of(processes.begin(), processes.end(),
                                   [](const Process* p) { return p->is_killed(); });
    const bool look =
        hurry || std::any_of(processes.begin(), processes.end(),
                             [](const Process* p) { return !p->counted_folder_.empty(); });
    ::poll(polled.data(), polled.size(),
           look ? kLookMs : static_cast<int>(std::min<int64_t>(left.count(), 60000)));
    const bool all_asleep = std::all_of(processes.begin(), processes.end(), [](const Process* p) {
      return p->ended() || p->is_asleep();
    });
    ++looks;
    asleep += all_asleep;
    const bool waits = looks >= kFewLooks && asleep >= kShareAsleep * looks;
    for (Process* process : processes) {
      if (process->ended()) continue;
      process->read_streams();
      process->reap(false);
      if (process->ended()) {
        first_end = std::min(first_end, Clock::now());
        continue;
      }
      process->count_files();
      if (process->is_killed()) process->kill(process->reason_);
      if (Clock::now() >= deadline)
        process->kill(waits ? EndReason::kAsleep : EndReason::kWallClock);
      if (first_end != kNever && Clock::now() >= first_end + kGrace)
        process->kill(EndReason::kLeftOver);
    }
  }
}

}  // namespace r1
