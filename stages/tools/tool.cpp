#include "stages/tools/tool.h"

#include <cstdio>
#include <exception>

#include "libr1/core/crash_report.h"
#include "libr1/core/error.h"

namespace r1 {

int run_tool(const std::string& name, FunctionRef<void()> body) {
  report_crashes();
  set_crash_place(name);
  try {
    body();
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return error.fault() == Fault::kInput ? 64 : 70;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return 70;
  }
}

}  // namespace r1
