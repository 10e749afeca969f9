#include "stages/tools/tool.h"

#include <unistd.h>

#include <cstdio>
#include <exception>

#include "libr1/core/crash_report.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

// Without the clean-up of libraries: HDF5's does not survive a file that could not be closed, as on
// a full disk.
[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  ::_exit(code);
}

}  // namespace

int run_tool(const std::string& name, FunctionRef<void()> body) {
  report_crashes();
  set_crash_place(name);
  try {
    body();
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    if (error.fault() == Fault::kInput) return 64;
    leave(70);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    leave(70);
  }
}

}  // namespace r1
