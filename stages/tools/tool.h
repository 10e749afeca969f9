// What the tools share: their errors and exit codes are those of the stages.
#pragma once

#include <string>

#include "libr1/core/function_ref.h"

namespace r1 {

// Runs body(); prints an Error as "NAME: message" and returns 64 or 70, else 0.
int run_tool(const std::string& name, FunctionRef<void()> body);

}  // namespace r1
