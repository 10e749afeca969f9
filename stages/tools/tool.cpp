#include "stages/tools/tool.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "libr1/core/build.h"
#include "libr1/core/crash_report.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

constexpr int kBadInput = 64;
constexpr int kFailed = 70;

}  // namespace

std::optional<int> read_command_line(CLI::App& app, int argc, char** argv) {
  app.set_version_flag("--version",
                       concat(app.get_name(), " ", kVersion, " (", git_revision(), ")"));
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
}

int run_tool(const std::string& name, FunctionRef<void()> body) {
  report_crashes();
  set_crash_place(name);
  try {
    body();
    flush_standard_output();
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return error.fault() == Fault::kInput ? kBadInput : kFailed;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return kFailed;
  }
}

int run_tool(CLI::App& app, int argc, char** argv, FunctionRef<void()> body) {
  if (const std::optional<int> code = read_command_line(app, argc, argv)) return *code;
  const int code = run_tool(app.get_name(), body);
  if (code != kFailed) return code;
  std::fflush(nullptr);
  // HDF5's clean-up does not survive a file that could not be closed, as on a full disk.
  ::_exit(code);
}

}  // namespace r1
