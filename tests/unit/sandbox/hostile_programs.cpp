#include "tests/unit/sandbox/hostile_programs.h"

namespace r1 {
namespace {

struct Template {
  const char* name;
  std::string source;  // @ stands for the variation
  std::vector<std::string> variations;
  Verdict verdict = Verdict::kCorrect;
  const char* reason = "";
  CodeLanguage language = CodeLanguage::kPython;
};

// Prints "contained" unless the attempt returns something that is true.
std::string attempt(const std::string& body) {
  return "import ctypes, os, signal, socket, sys, time\n"
         "libc = ctypes.CDLL(None, use_errno=True)\n"
         "def got_through(number, *args):\n"
         "  ctypes.set_errno(0)\n"
         "  result = libc.syscall(number, *args)\n"
         "  return result != -1 or ctypes.get_errno() not in (1, 38)\n"
         "def attempt():\n  " +
         body +
         "\ntry:\n  got = attempt()\nexcept BaseException as error:\n  got = None\n"
         "print('escaped: ' + repr(got)[:80] if got else 'contained', flush=True)\nos._exit(0)\n";
}

// As many as can be had of something, and whether that is more than allowed.
std::string hoard(const std::string& body) {
  return attempt(
      "kept = []\n"
      "  try:\n    while len(kept) < 10000: " +
      body + "\n  except BaseException: pass\n  return len(kept) if len(kept) > 64 else 0");
}

std::vector<Template> processes() {
  return {
      {"fork",
       attempt("return @"),
       {"os.fork() + 1", "os.forkpty()", "os.system('true') == 0", "__import__('pty').fork()",
        "__import__('subprocess').run(['/usr/bin/true']).returncode == 0",
        "os.posix_spawn('/usr/bin/true', ['true'], {})", "os.popen('echo x').read()",
        "__import__('multiprocessing').Process(target=print).start() or True",
        "os.spawnv(os.P_NOWAIT, '/usr/bin/true', ['true'])", "got_through(57)", "got_through(58)",
        "got_through(56, 17, 0, 0, 0, 0)", "got_through(56, 0x10000011, 0, 0, 0, 0)",
        "got_through(435, 0, 0)", "libc.daemon(0, 0) == 0"}},
      {"fork bomb", attempt("while True: kept = os.fork() or os.fork()\n  return 1"), {""}},
      {"daemon",
       attempt("if os.fork(): return 1\n  @\n  os.fork()\n  time.sleep(1000)"),
       {"os.setsid()", "os.setpgid(0, 0)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"}},
      {"ten thousand children",
       attempt("return [pid for pid in (@ for i in range(10000)) if pid]"),
       {"os.fork()"}},
      {"threads",
       hoard("@; kept.append(1)"),
       {"__import__('threading').Thread(target=time.sleep, args=(100,), daemon=True).start()",
        "__import__('_thread').stack_size(32768); "
        "__import__('_thread').start_new_thread(time.sleep, (100,))"}},
      {"signal",
       attempt("@; return 1"),
       {"os.kill(os.getppid(), 9)", "os.kill(1, 9)", "os.kill(-1, 9)", "os.killpg(0, 9)",
        "os.killpg(os.getpgrp(), 9)", "os.kill(1, 15)", "os.kill(os.getpid(), 19)",
        "signal.raise_signal(9)", "signal.pthread_kill(__import__('threading').get_ident(), 9)",
        "os.kill(0, 19)", "signal.raise_signal(19)"}}};
}

std::vector<Template> files(const std::string& host) {
  return {
      {"read",
       attempt("return os.path.lexists('@') and (os.path.isdir('@') or open('@').read(9) or 1)"),
       {host + "/secret", "/etc/passwd", "/etc/shadow", "/etc/hostname", "/root", "/home",
        "/var/log", "/run", "/proc/self/environ", "/proc/1/cmdline", "/proc/self/mem",
        "/sys/kernel", "/opt", "/boot", "/usr/local", "/usr/share", "/mnt"}},
      {"write",
       attempt("open('@', 'w').write('x'); return 1"),
       {host + "/secret", "/usr/bin/x", "/usr/bin/env", "/usr/lib/x", "/etc/x", "/x", "/dev/x",
        "/dev/shm/x", "/var/tmp/x", "/lib/x", "/bin/sh"}},
      {"link",
       attempt("@\n  return open('x').read(9)"),
       {"os.symlink('/etc/passwd', 'x')", "os.symlink('" + host + "/secret', 'x')",
        "os.symlink('../../../../etc/passwd', 'x')", "os.symlink('/proc/1/root/etc/passwd', 'x')",
        "os.symlink('/proc/self/cwd/../etc/passwd', 'x')", "os.link('/usr/bin/env', 'x')",
        "os.rename('/usr/bin/env', 'x')", "os.link('answer.py', 'x')",
        "os.rename('answer.py', 'x')"}},
      {"peek",
       attempt("return os.listdir('@')"),
       {"/proc", "/sys", "/proc/self/fd", "/root", "/etc"}},
      {"device",
       attempt("return os.open('@', os.O_RDWR)"),
       {"/dev/mem", "/dev/kmsg", "/dev/tty", "/dev/fuse", "/dev/kvm", "/dev/ptmx", "/dev/sda",
        "/dev/net/tun"}},
      {"tests",
       attempt("return @"),
       {"[x for x in os.listdir('.') if x != 'answer.py']", "os.write(0, b'contained')",
        "os.ftruncate(0, 1) or 1", "[fd for fd in range(3, 64) if libc.fcntl(fd, 1) >= 0]",
        "b'contained' in os.read(0, 10000)"}},
      {"huge file",
       attempt("with open('x', 'wb') as file:\n    @\n  return 1"),
       {"os.posix_fallocate(file.fileno(), 0, 1 << 30)", "file.truncate(1 << 30)",
        "file.seek(1 << 40); file.write(b'x'); file.flush()", "file.write(bytes(1 << 25))",
        "libc.fallocate(file.fileno(), 1, 0, ctypes.c_long(1 << 30)) == 0 or 1 / 0"}},
      {"many files",
       hoard("open(str(len(kept)), 'wb').write(bytes(1 << 20)); kept.append(1)"),
       {""}},
      {"files without end",
       "import os\ni = 0\nwhile True:\n  @\n  i += 1",
       {"os.close(os.open(str(i), os.O_CREAT))", "open(str(i), 'w').close()", "os.mkdir(str(i))",
        "os.symlink('x', str(i))", "os.mkdir(str(i)); os.chdir(str(i))"},
       Verdict::kWrong,
       "makes more than 10000 files"},
      {"descriptors",
       hoard("kept.append(@)"),
       {"os.open('/dev/null', 0)", "os.dup(0)", "os.pipe()", "socket.socketpair()", "os.eventfd(0)",
        "__import__('select').epoll()"}}};
}

std::vector<Template> rights() {
  return {
      {"socket",
       attempt("return socket.socket(@)"),
       {"socket.AF_INET, socket.SOCK_STREAM", "socket.AF_INET, socket.SOCK_DGRAM",
        "socket.AF_INET6, socket.SOCK_STREAM", "socket.AF_UNIX, socket.SOCK_STREAM",
        "socket.AF_UNIX, socket.SOCK_DGRAM", "socket.AF_NETLINK, socket.SOCK_RAW",
        "socket.AF_PACKET, socket.SOCK_RAW", "socket.AF_INET, socket.SOCK_RAW, 1",
        "socket.AF_VSOCK, socket.SOCK_STREAM", "socket.AF_ALG, socket.SOCK_SEQPACKET"}},
      // ptrace, keyctl, add_key, bpf, userfaultfd, mount, umount, pivot_root, chroot, unshare,
      // setns, perf_event_open, memfd_create, shmget, msgget, semget, mq_open, process_vm_readv,
      // pidfd_open, io_uring_setup, open_by_handle_at, init_module, kexec_load, swapon, reboot,
      // personality, sethostname, setuid, setsid, seccomp, iopl, mknod, acct, quotactl,
      // clock_settime, fanotify, inotify, fsopen, memfd_secret, landlock, syslog
      {"system call",
       attempt("return got_through(@, 0, 0, 0, 0, 0)"),
       {"101", "250", "248", "321", "323", "165", "166", "155", "161", "272", "308",
        "298", "319", "29",  "68",  "64",  "240", "310", "434", "425", "304", "175",
        "246", "167", "169", "135", "170", "105", "112", "317", "172", "133", "163",
        "179", "227", "300", "253", "430", "447", "444", "103"}},
      {"rights",
       attempt("@; return 1"),
       {"os.setuid(0)", "os.setgid(0)", "os.setgroups([0])", "os.chroot('.')",
        "os.mknod('x', 0o20666, os.makedev(1, 1))", "os.nice(-5)",
        "os.sched_setscheduler(0, 1, os.sched_param(1))"}},
      {"limits",
       attempt("import resource as r\n  r.setrlimit(r.@, (r.RLIM_INFINITY, r.RLIM_INFINITY)); "
               "return 1"),
       {"RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_FSIZE",
        "RLIMIT_STACK"}},
      {"end by a limit",
       attempt("limit = (ctypes.c_ulong * 2)(1, 1)\n  return got_through(@)"),
       {"160, 0, limit", "160, ctypes.c_ulong(1 << 32), limit", "302, 0, 0, limit, 0",
        "302, 0, ctypes.c_ulong(1 << 32), limit, 0", "302, 1, 0, limit, 0"}},
      {"environment",
       attempt("return @"),
       {"[x for x in os.environ if 'R1' in x or 'MPI' in x or 'SLURM' in x]", "os.getuid() == 0",
        "os.getppid()", "os.uname().nodename != 'sandbox'", "os.getcwd() != '/scratch'"}},
      {"set-uid program",
       "import os\nos.execv('/usr/bin/@', ['@', '-h'])",
       {"mount", "su", "newgrp"},
       Verdict::kWrong,
       ""}};
}

std::vector<Template> hunger() {
  constexpr auto kWrong = Verdict::kWrong;
  return {
      {"memory bomb",
       "x = @\nwhile True: @; x = x + x",
       {"[0] * 1000", "'x' * 1000", "bytearray(1000)", "(1, 2)", "b'xy'"},
       kWrong,
       "out of memory"},
      {"memory bomb by call",
       "import mmap\nkept = []\nwhile True: kept.append(@)",
       {"mmap.mmap(-1, 1 << 24)", "dict.fromkeys(range(100000))", "bytes(1 << 24)"},
       kWrong,
       "out of memory"},
      {"output flood",
       "import os, sys\nwhile True: @",
       {"print('x' * 1000)", "sys.stderr.write('x' * 1000)", "os.write(1, bytes(1000))",
        "os.write(2, bytes(65536))", "sys.stdout.writelines(['x\\n'] * 1000)",
        "os.execv('/usr/bin/yes', ['yes'])"},
       kWrong,
       "prints more than 1 MiB"},
      {"endless",
       "import re, signal, threading, os, sys\n@\nwhile True: pass",
       {"", "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "signal.signal(signal.SIGXCPU, signal.SIG_IGN)",
        "signal.signal(signal.SIGXCPU, lambda *x: None)",
        "threading.stack_size(1 << 18); [threading.Thread(target=eval, args=('[0 for x in "
        "iter(int, 1)]',)).start() for i in "
        "range(8)]",
        "re.match('(a+)+b', 'a' * 60)", "9 ** 9 ** 9",
        "os.execv('/bin/sh', ['sh', '-c', 'while :; do :; done'])"},
       kWrong,
       "takes more than 1 CPU seconds"},
      {"waiting",
       "import os, select, signal, socket, threading, time\n@",
       {"time.sleep(10 ** 6)", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(10 ** 6)",
        "select.select([], [], [])", "x = threading.Lock(); x.acquire(); x.acquire()",
        "signal.pause()", "os.read(os.pipe()[0], 1)", "threading.Event().wait()",
        "pair = socket.socketpair(); pair[0].recv(1)"},
       kWrong,
       kWaits},
      {"closed output",
       "import os, sys\n@\nprint('contained')",
       {"os.close(1)", "os.closerange(0, 64)", "os.dup2(os.open('/dev/null', 1), 1)",
        "sys.stdout.close()"},
       kWrong,
       ""},
      {"deep recursion",
       "import sys\nsys.setrecursionlimit(10 ** 8)\n@",
       {"def f(x): return f(x + 1) + 1\nf(0)", "eval('(' * 100000)",
        "class A:\n  def __getattr__(self, x): return getattr(self, x)\nA().x"},
       kWrong,
       ""}};
}

std::vector<Template> cpp() {
  constexpr auto kCpp = CodeLanguage::kCpp;
  constexpr auto kWrong = Verdict::kWrong;
  const std::string says =
      "#include <cstdio>\n#include <unistd.h>\nint main() {\n  long x = -1;\n  @\n"
      "  puts(x >= 0 ? \"escaped\" : \"contained\");\n}";
  return {
      {"C++ system call",
       says,
       {"x = fork();", "x = vfork();",
        "asm volatile(\"syscall\" : \"=a\"(x) : \"a\"(57) : \"rcx\", \"r11\");"},
       Verdict::kCorrect,
       "",
       kCpp},
      {"C++ other ABI",
       says,
       {"asm volatile(\"int $0x80\" : \"=a\"(x) : \"a\"(2L) : \"r8\", \"r9\", \"r10\", \"r11\");",
        "x = syscall(0x40000000 + 57);"},
       kWrong,
       "crashes with SIG",
       kCpp},
      {"C++ hunger",
       "#include <cstdlib>\n#include <cstring>\n#include <new>\n"
       "int f(int x) { volatile char y[9999]; y[0] = x; return f(x + 1) + y[0]; }\n"
       "int main() { @ }",
       {"for (;;) memset(new char[1 << 24], 1, 1 << 24);", "return f(0);",
        "for (;;) memset(malloc(1 << 24), 1, 1 << 24);"},
       kWrong,
       "",
       kCpp},
      {"C++ compiler",
       "@\nint main() {}",
       {"#include \"/etc/passwd\"", "#include \"/dev/zero\"",
        "asm(\".incbin \\\"/etc/passwd\\\"\");", "char x[1 << 30] = {1};",
        "template <int n> struct A { A<n + 1> a; }; A<0> a;", "#include __FILE__",
        "template <class T> struct A { A<A<T>> f() { return A<A<T>>().f(); } }; auto x = "
        "A<int>().f();"},
       kWrong,
       "does not compile",
       kCpp}};
}

std::string filled(std::string text, const std::string& variation) {
  for (size_t at = 0; (at = text.find('@', at)) != text.npos; at += variation.size())
    text.replace(at, 1, variation);
  return text;
}

}  // namespace

std::vector<HostileProgram> hostile_programs(const std::string& host_folder, bool all) {
  std::vector<HostileProgram> result;
  for (const auto& group : {processes(), files(host_folder), rights(), hunger(), cpp()}) {
    for (const Template& t : group) {
      for (const std::string& variation : t.variations) {
        result.push_back({std::string(t.name) + ": " + variation, filled(t.source, variation),
                          t.language, t.verdict, t.reason});
        if (!all) break;
      }
    }
  }
  return result;
}

}  // namespace r1
