// How a program's end is named.
#include <signal.h>
#include <string.h>

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/reward/ascii.h"
#include "libr1/sandbox/container.h"

namespace r1 {
namespace {

// The kernel decides on the limit by ticks of its clock and reports what was used more precisely,
// which may be less.
constexpr double kShareOfLimit = 0.7;

// What programs in Python and C++ say when an allocation fails.
bool names_memory(std::string_view errors) {
  errors = errors.substr(errors.size() - std::min<size_t>(errors.size(), 4096));
  return errors.find("MemoryError") != errors.npos || errors.find("bad_alloc") != errors.npos ||
         errors.find("out of memory") != errors.npos ||
         errors.find("annot allocate memory") != errors.npos;
}

std::string last_line(std::string_view errors) {
  errors = trimmed(errors);
  const size_t at = errors.rfind('\n');
  return std::string(errors.substr(at == errors.npos ? 0 : at + 1).substr(0, 200));
}

}  // namespace

void ContainedProgram::wait(const std::vector<ContainedProgram*>& programs, double seconds) {
  std::vector<Process*> processes;
  for (ContainedProgram* program : programs) processes.push_back(program->process_.get());
  wait_for_first(processes, seconds);
}

Judgement ContainedProgram::killing() const {
  if (cpu_s() >= kShareOfLimit * limits_.cpu_s)
    return {Verdict::kWrong, concat("takes more than ", limits_.cpu_s, " CPU seconds")};
  return {Verdict::kUnverifiable, concat("killed from outside after ", cpu_s(),
                                         " CPU seconds, as by the machine when it has no memory "
                                         "left")};
}

Judgement ContainedProgram::ending() const {
  const int status = process_->exit_status();
  switch (process_->reason()) {
    case EndReason::kOutputLimit:
      return {Verdict::kWrong, concat("prints more than ", limits_.output_mib, " MiB")};
    case EndReason::kWallClock:
      return {Verdict::kUnverifiable,
              concat("not done after ", wall_s_, " s by the wall clock, with ", cpu_s(), " of ",
                     limits_.cpu_s, " CPU seconds used")};
    case EndReason::kAsleep:
      return {Verdict::kWrong, concat("waits: asleep for most of ", wall_s_,
                                      " s by the wall clock, with ", cpu_s(), " CPU seconds used")};
    case EndReason::kFileLimit:
      return {Verdict::kWrong, concat("makes more than ", limits_.files, " files")};
    case EndReason::kLeftOver:
      return {Verdict::kWrong, "does not answer the tests"};
    case EndReason::kExited:
      break;
  }
  // bwrap reports an exit code only when the program had begun.
  if (contained_ && process_->text(0).find("\"exit-code\"") == std::string::npos)
    return {Verdict::kUnverifiable,
            concat("the sandbox did not start the program: ", last_line(errors()))};
  if (status == 0) return {Verdict::kCorrect, "ends with exit code 0"};
  if (status == 128 + SIGKILL) return killing();
  if (names_memory(errors()))
    return {Verdict::kWrong, concat("out of memory, which is ", limits_.memory_mib, " MiB")};
  if (status > 128 && sigabbrev_np(status - 128))
    return {Verdict::kWrong, concat("crashes with SIG", sigabbrev_np(status - 128))};
  return {Verdict::kWrong, concat("ends with exit code ", status, ": ", last_line(errors()))};
}

}  // namespace r1
