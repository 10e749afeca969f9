#include "libr1/core/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "libr1/core/fault.h"

namespace r1 {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void start_log(int rank, int num_ranks, LogLevel level, const std::string& file) {
  auto console = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  console->set_level(rank == 0 ? spdlog_level(level) : spdlog::level::warn);
  std::vector<spdlog::sink_ptr> sinks = {console};
  if (!file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
    } catch (const spdlog::spdlog_ex& e) {
      throw_error(fault_of_errno(errno),
                  concat("cannot write the log file ", file, ": ", e.what()));
    }
  }
  auto logger = std::make_shared<spdlog::logger>("r1", sinks.begin(), sinks.end());
  logger->set_level(spdlog_level(level));
  logger->set_pattern(num_ranks > 1 ? concat("%H:%M:%S %^%l%$ [", rank, "] %v")
                                    : "%H:%M:%S %^%l%$ %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(logger);
}

void log_line(LogLevel level, const std::string& line) {
  spdlog::log(spdlog_level(level), "{}", line);
}

}  // namespace r1
