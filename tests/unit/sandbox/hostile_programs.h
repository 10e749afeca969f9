// Programs that try to get out of a sandbox or to harm the machine: templates, each with
// variations.
#pragma once

#include <string>
#include <vector>

#include "libr1/reward/code_reference.h"
#include "libr1/reward/verdict.h"

namespace r1 {

// The reason of those that wait for ever.
inline constexpr const char* kWaits = "by the wall clock";

// Its tests are one of stdio with the expected output "contained": what an attempt prints that was
// refused. A reason is part of the judgement's.
struct HostileProgram {
  std::string name, source;
  CodeLanguage language = CodeLanguage::kPython;
  Verdict verdict = Verdict::kCorrect;
  std::string reason;
};

// All variations, or the first of each template. `host_folder` exists outside of the sandbox.
std::vector<HostileProgram> hostile_programs(const std::string& host_folder, bool all);

}  // namespace r1
