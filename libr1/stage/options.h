// The command line that all stages share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libr1/core/log.h"

namespace r1 {

struct StageOptions {
  std::string config;                  // TOML file
  std::string run;                     // folder of the run
  std::string job;                     // its table in the config and folder in the run
  std::vector<std::string> overrides;  // --set
  std::string resume = "auto";         // auto, never, or a checkpoint's folder
  LogLevel log_level = LogLevel::kInfo;
  int threads = 0;         // 0: this rank's share of the node's cores
  double deadline_s = 0;   // wall clock this job has; 0: no limit
  double timeout_s = 600;  // of one collective
  bool print_config = false;
  bool check_files = false;
  bool document_config = false;  // needs no --config
};

// Nothing when only help or the version was asked for; it is in `text` then. Fault::kInput for a
// wrong command line.
std::optional<StageOptions> parse_stage_options(int argc, char** argv, const std::string& name,
                                                const std::string& summary, std::string& text);

}  // namespace r1
