// What a stage has to work with: ranks, threads, folders, metrics, and the question whether to
// stop. One a process, made by run_stage.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "libr1/core/thread_pool.h"
#include "libr1/core/watchdog.h"
#include "libr1/parallel/process_group.h"
#include "libr1/stage/metrics.h"
#include "libr1/stage/options.h"

namespace r1 {

class StageContext {
 public:
  StageContext(std::string name, StageOptions options, std::string config_text,
               ProcessGroup& world);

  const std::string& name() const { return name_; }
  ProcessGroup& world() { return world_; }
  Stream stream() { return {&pool_, nullptr}; }
  double timeout_s() const { return options_.timeout_s; }
  const std::string& config_text() const { return config_text_; }  // effective TOML
  const std::string& run_dir() const { return options_.run; }
  const std::string& stage_dir() const { return stage_dir_; }  // run_dir/name
  MetricsLog& metrics() { return metrics_; }
  bool is_root() const { return world_.rank() == 0; }
  int num_threads() const { return pool_.num_threads(); }

  // The checkpoint to go on from, by --resume; the same on all ranks. Nothing: start anew. Where a
  // folder is named, checkpoints here of later steps belong to a branch that the run leaves: they
  // are set aside when its first step begins, after all has been loaded without an error.
  std::optional<std::string> resume_from();
  // The same for rank 0 alone, as --resume says it: nothing is checked, refused or left.
  std::optional<std::string> resumable() const;
  // For a stage, or a part of one, without checkpoints: it goes on from what `folder` of the stage
  // holds. Fault::kInput when --resume asks for something else. For rank 0.
  void resume_from_samples(const std::string& folder) const;
  void leave_branch();  // of rank 0; at() calls it, and the end of a stage that had no step to make

  // Where the run is, for errors and the log. The first one of a step > 0 also leaves the branch.
  void at(int64_t step, const char* phase);
  std::string where() const;  // "r1-zero on rank 1 of 2 (node7), step 12, phase rollout"
  // To be held while all ranks write or read files: MPI waits there without a deadline, so what
  // takes longer than --timeout ends the process.
  std::unique_ptr<Watchdog> guard_save() const { return guard("write a checkpoint"); }
  std::unique_ptr<Watchdog> guard_load() const { return guard("read a checkpoint"); }

  // Collective: true on all ranks once any has had SIGTERM or SIGUSR1, or the job's time would not
  // do for another step and a save, judged by the longest step so far.
  bool stop_requested();

  // For rank 0: the stage has done all it was asked for, and the next start says so. The end of a
  // stage does it; one that first removes what it would go on from calls it before.
  void mark_done() const;

  // One line of rank 0: "step 12/36  TEXT  1.8 s a step, 43 s left". Rewritten in place on a
  // terminal, in the log at most every few seconds and at the end.
  void progress(int64_t step, int64_t total, const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  bool resume_is_named() const;  // a folder, by --resume
  std::unique_ptr<Watchdog> guard(const char* operation) const;
  double seconds() const;  // since the start

  std::string name_;
  StageOptions options_;
  std::string config_text_, stage_dir_;
  ProcessGroup& world_;
  ThreadPool pool_;
  MetricsLog metrics_;
  int64_t step_ = 0;
  const char* phase_ = "start";
  std::optional<int64_t> went_back_to_;  // rank 0, until its first step
  Clock::time_point start_ = Clock::now();
  double last_check_s_ = -1, longest_step_s_ = 0;
  double last_line_s_ = -1e9, first_step_s_ = -1;
  int64_t first_step_ = 0;
};

}  // namespace r1
