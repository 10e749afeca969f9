#include "stages/tools/report_process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "libr1/core/error.h"

namespace r1 {

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "r1-report-XXXXXX").string();
  R1_CHECK(::mkdtemp(path_.data()) != nullptr, "cannot create the folder ", path_, ": ",
           std::strerror(errno));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void run_gnuplot(const std::string& script_path) {
  std::string name = "gnuplot", defaults = "-d", script = script_path;  // -d: no ~/.gnuplot
  char* arguments[] = {name.data(), defaults.data(), script.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "gnuplot", nullptr, nullptr, arguments, ::environ);
  R1_CHECK_INPUT(error != ENOENT,
                 "there is no gnuplot in PATH, which draws the curves; install it (Debian: apt-get "
                 "install gnuplot-nox)");
  R1_CHECK(error == 0, "cannot start gnuplot: ", std::strerror(error));
  int status = 0;
  pid_t waited = 0;
  do waited = ::waitpid(pid, &status, 0);
  while (waited < 0 && errno == EINTR);
  R1_CHECK(waited == pid, "cannot wait for gnuplot: ", std::strerror(errno));
  R1_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "gnuplot failed with status ", status,
           "; its message is above");
}

std::string gnuplot_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace r1
