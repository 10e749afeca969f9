// What the tools share: how their command line is read, their errors, and exit codes, which are
// those of the stages.
#pragma once

#include <optional>
#include <string>

#include "libr1/core/function_ref.h"

namespace CLI {
class App;
}

namespace r1 {

// Reads the command line into app's options; adds --version. What the tool is to exit with at once:
// 0 where only help or the version was asked for, 64 for a wrong command line, which it has said.
std::optional<int> read_command_line(CLI::App& app, int argc, char** argv);

// Runs body(); prints an Error as "NAME: message" and returns 64 or 70, else 0.
int run_tool(const std::string& name, FunctionRef<void()> body);

// Both, under app's name. A failure of the machine's leaves the process here, without clean-up of
// files that could not be closed.
int run_tool(CLI::App& app, int argc, char** argv, FunctionRef<void()> body);

}  // namespace r1
