// The log of a process: plain lines on standard error, and in a file when one is given.
// Thread-safe. Lines carry time, level and, in a run of several ranks, the rank.
#pragma once

#include <string>

#include "libr1/core/error.h"

namespace r1 {

enum class LogLevel { kInfo, kWarning, kError };

// Called once by run_stage. Lines below `level` go nowhere; ranks other than 0 print warnings and
// errors only, and have the others in their files. An empty path means no file.
void start_log(int rank, int num_ranks, LogLevel level, const std::string& file);

void log_line(LogLevel level, const std::string& line);

template <class... Parts>
void log_info(const Parts&... parts) {
  log_line(LogLevel::kInfo, concat(parts...));
}
template <class... Parts>
void log_warning(const Parts&... parts) {
  log_line(LogLevel::kWarning, concat(parts...));
}

}  // namespace r1
