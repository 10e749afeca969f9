#include <unistd.h>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/log.h"
#include "libr1/reward/ascii.h"
#include "libr1/sandbox/sandbox.h"

namespace r1 {
namespace {

constexpr const char* kPage = "; libr1/sandbox/README.md says what a node needs";

// A setting of the kernel; empty where it has none of this name.
std::string setting(const char* name) {
  const std::string path = concat("/proc/sys/", name);
  return file_exists(path) ? std::string(trimmed(read_file(path))) : "";
}

std::string why_no_namespaces() {
  if (setting("kernel/unprivileged_userns_clone") == "0")
    return "user namespaces are switched off: sysctl kernel.unprivileged_userns_clone=1";
  if (setting("user/max_user_namespaces") == "0")
    return "user namespaces are switched off: sysctl user.max_user_namespaces=10000";
  if (setting("kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "AppArmor keeps bwrap from user namespaces: give it a profile that allows userns, or "
           "sysctl kernel.apparmor_restrict_unprivileged_userns=0";
  return "in a container of Docker or the like, allow the system calls of user namespaces "
         "(--security-opt seccomp=unconfined --security-opt systempaths=unconfined)";
}

void check_executable(const std::string& path, const char* package) {
  R1_CHECK_INPUT(::access(path.c_str(), X_OK) == 0, "code cannot be run safely here: ", path,
                 " is missing; install ", package, kPage);
}

Program shell(const Container& container, const char* script) {
  Program program;
  program.argv = {"/bin/sh", "-c", script};
  program.limits = container.program_limits();
  return program;
}

// The container itself, before any language is tried.
void check_container(const Container& container) {
  check_executable(container.config().bubblewrap, "bubblewrap");
  if (::geteuid() == 0) check_executable("/usr/bin/setpriv", "util-linux");
  const ContainedProgram run = container.run(shell(container, "echo ready"));
  R1_CHECK_INPUT(run.ending().verdict == Verdict::kCorrect && run.output() == "ready\n",
                 "code cannot be run safely here: ", run.ending().reason, " (",
                 trimmed(run.errors()), "). ", why_no_namespaces(), kPage);
  // Each line that is printed is a way out.
  const ContainedProgram hostile = container.run(
      shell(container,
            "for file in /etc/passwd /proc/1/environ /sys/kernel /home /root /run; do\n"
            "  [ -e $file ] && echo $file is there\ndone\n"
            "(echo x >/usr/bin/x) 2>/dev/null && echo the system can be changed\n"
            "(exit 0) && echo it can start a process\n"));
  R1_CHECK_INPUT(hostile.output().empty(), "code cannot be run safely here: in the sandbox, ",
                 trimmed(hostile.output()), kPage);
  Program files = shell(container, "while :; do i=$((i + 1)); : >$i; done");
  files.limits.cpu_s = 2;
  if (container.run(files).reason() != EndReason::kFileLimit)
    log_warning(
        "the files of a program cannot be counted here, as by root without CAP_SYS_PTRACE; "
        "those of one may take the kernel 150 MiB a CPU second",
        kPage);
}

void check_language(Sandbox& sandbox, const CodeReference& reference, const char* program) {
  const CodeResult result = sandbox.run(reference, program);
  R1_CHECK_INPUT(result.judgement.verdict == Verdict::kCorrect, "code cannot be run here: in the ",
                 "sandbox, a right program in ", enum_name(reference.language),
                 " gives: ", result.judgement.reason, kPage);
}

}  // namespace

void Sandbox::probe() const {
  check_executable("/usr/bin/prlimit", "util-linux");
  const SandboxConfig& config = container_.config();
  if (container_.is_protected())
    check_container(container_);
  else
    log_warning("generated code runs UNPROTECTED, with the rights of this user");
  Sandbox trial(config);  // its workers are not ours
  if (speaks(CodeLanguage::kPython)) {
    check_executable(config.python, "python3");
    check_language(trial, {.tests = {{"assert f(1) == [2]", ""}}}, "def f(x): return [x + 1]");
  }
  if (speaks(CodeLanguage::kCpp)) {
    check_executable(config.compiler, "g++");
    check_language(trial, {CodeLanguage::kCpp, CodeTestKind::kStdio, {{"1", "2"}}},
                   "#include <iostream>\nint main() { int x; std::cin >> x; std::cout << x + 1; }");
  }
}

}  // namespace r1
