// The contract of a stage: command line, config, MPI, log, signals, exit codes. A stage is
//
//   int main(int argc, char** argv) {
//     return r1::run_stage<ZeroConfig>(argc, argv, {"r1-zero", "Pure RL ..."}, train);
//   }
//
// Exit codes: 0 done (also when it was done before), 75 stopped with a checkpoint, 64 wrong config
// or input, 70 anything else. Beside this only Watchdog and WorkWatch end the process.
#pragma once

#include <functional>
#include <string>

#include "libr1/config/config.h"
#include "libr1/core/function_ref.h"
#include "libr1/stage/context.h"

namespace r1 {

enum class StageOutcome {
  kDone,
  kStopped,  // with a checkpoint, because stop_requested()
};

struct StageInfo {
  std::string name;     // of the executable; of its table and its folder unless --as names another
  std::string summary;  // for --help
  // Added to the folder's name; called when the config is read.
  std::function<std::string()> folder_suffix = nullptr;
};

// `fields` are those of the stage's config; they are read before body is called. On failure the
// message names rank, stage, step and phase, and all ranks of the job end.
int run_stage_with(int argc, char** argv, const StageInfo& info, const FieldTable& fields,
                   FunctionRef<StageOutcome(StageContext&)> body);

template <class Config>
int run_stage(int argc, char** argv, const StageInfo& info,
              StageOutcome (*body)(StageContext&, const Config&)) {
  Config config;
  return run_stage_with(argc, argv, info, fields_of(config),
                        [&](StageContext& context) { return body(context, config); });
}

}  // namespace r1
