// A last line on stderr from a process that a fault ends (SIGSEGV, SIGBUS, SIGFPE, SIGILL,
// SIGABRT): where it was and which files it read.
#pragma once

#include <string>

namespace r1 {

// From here on. The signal then goes to whom it went before: MPI's trace of the stack, a core file.
void report_crashes();

// Where the process is, as the line says it; before, it says `name` of the process's file.
void set_crash_place(const std::string& where);
std::string crash_place();

// Names a file in the line for as long as it lives: one whose reader is a library that some damaged
// files crash. Of many at once, the line names the first eight.
class CrashNote {
 public:
  explicit CrashNote(const std::string& path);
  ~CrashNote();
  CrashNote(const CrashNote&) = delete;
  CrashNote& operator=(const CrashNote&) = delete;

 private:
  int slot_ = -1;
};

}  // namespace r1
