#include "libr1/sandbox/system_calls.h"

#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "libr1/core/error.h"
#include "libr1/sandbox/descriptor.h"

namespace r1 {
namespace {

// Names that this architecture or libseccomp does not know are left out: they stay refused.
constexpr const char* kAllowed[] = {
    // files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "open",
    "openat", "close", "close_range", "creat", "lseek", "stat", "fstat", "lstat", "newfstatat",
    "statx", "access", "faccessat", "faccessat2", "getdents", "getdents64", "getcwd", "chdir",
    "fchdir", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "readlink", "readlinkat", "truncate", "ftruncate",
    "fallocate", "fsync", "fdatasync", "flock", "fcntl", "dup", "dup2", "dup3", "pipe", "pipe2",
    "sendfile", "copy_file_range", "umask", "chmod", "fchmod", "fchmodat", "utime", "utimes",
    "utimensat", "futimesat", "statfs", "fstatfs", "fadvise64",
    // waiting
    "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2", "timerfd_create",
    "timerfd_settime", "timerfd_gettime", "wait4", "waitid", "pause", "restart_syscall",
    // pairs of sockets, as asyncio makes them
    "sendto", "recvfrom", "shutdown", "getsockopt", "getsockname", "getpeername",
    // memory
    "mmap", "munmap", "mremap", "mprotect", "brk", "madvise", "mincore", "msync", "membarrier",
    // threads
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address",
    "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "getcpu", "arch_prctl",
    // itself
    "execve", "execveat", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid",
    "getresuid", "getresgid", "getgroups", "getpgrp", "getpgid", "getsid", "getrlimit", "getrusage",
    "times", "capget", "uname", "sysinfo", "getrandom", "getpriority",
    // signals to itself, and time
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending",
    "rt_sigtimedwait", "sigaltstack", "alarm", "setitimer", "getitimer", "timer_create",
    "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete", "clock_gettime",
    "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time"};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release) {
    R1_CHECK(context_, "libseccomp cannot make a filter");
  }

  template <class... Arguments>
  void add(uint32_t action, const char* name, Arguments... arguments) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) return;
    const int error =
        seccomp_rule_add(context_.get(), action, call, sizeof...(arguments), arguments...);
    // Not of this architecture: stays refused.
    R1_CHECK(error == 0 || error == -EDOM, "no filter for the system call ", name, ": ",
             std::strerror(-error));
  }

  std::string bytes() const {
    Pipe pipe = make_pipe();
    const int error = seccomp_export_bpf(context_.get(), pipe.write.get());
    R1_CHECK(error == 0, "libseccomp cannot write a filter: ", std::strerror(-error));
    pipe.write.close();
    std::string result;
    while (read_available(pipe.read.get(), result)) continue;
    return result;
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

void allow_some(Filter& filter) {
  filter.add(SCMP_ACT_ALLOW, "socketpair", SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
  for (const unsigned long request : {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX})
    filter.add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_EQ, request));
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA})
    filter.add(SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(option)));
  for (const int signal : {0, SIGABRT}) {
    filter.add(SCMP_ACT_ALLOW, "kill", SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(signal)));
    filter.add(SCMP_ACT_ALLOW, "tkill", SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(signal)));
    filter.add(SCMP_ACT_ALLOW, "tgkill", SCMP_A2(SCMP_CMP_EQ, static_cast<scmp_datum_t>(signal)));
  }
  // All limits but that of CPU time. The kernel looks at the low half of the resource alone.
  filter.add(SCMP_ACT_ALLOW, "prlimit64", SCMP_A2(SCMP_CMP_EQ, 0));  // asks, changes nothing
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    if (resource == RLIMIT_CPU) continue;
    const auto value = static_cast<scmp_datum_t>(resource);
    filter.add(SCMP_ACT_ALLOW, "setrlimit", SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, value));
    filter.add(SCMP_ACT_ALLOW, "prlimit64", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, value));
  }
  // The low byte is the exit code: 137 = 128 + SIGKILL has bits that all others miss somewhere.
  for (const char* call : {"exit", "exit_group"})
    for (int bit = 0; bit < 8; ++bit)
      filter.add(SCMP_ACT_ALLOW, call,
                 SCMP_A0(SCMP_CMP_MASKED_EQ, scmp_datum_t{1} << bit,
                         ~scmp_datum_t{128 + SIGKILL} & (scmp_datum_t{1} << bit)));
}

}  // namespace

std::string system_call_filter(SystemCalls allowed) {
  Filter filter;
  for (const char* name : kAllowed) filter.add(SCMP_ACT_ALLOW, name);
  allow_some(filter);
  // Its flags are out of a filter's sight; the C library then takes clone.
  filter.add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  constexpr scmp_datum_t kNamespaces = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                       CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (allowed == SystemCalls::kOneProcess) {
    filter.add(SCMP_ACT_ALLOW, "clone",
               SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces | CLONE_THREAD, CLONE_THREAD));
  } else {
    filter.add(SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaces, 0));
    filter.add(SCMP_ACT_ALLOW, "fork");
    filter.add(SCMP_ACT_ALLOW, "vfork");
  }
  return filter.bytes();
}

}  // namespace r1
