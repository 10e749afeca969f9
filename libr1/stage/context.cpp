#include "libr1/stage/context.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iomanip>

#include "libr1/core/crash_report.h"
#include "libr1/core/file.h"
#include "libr1/core/gpu.h"
#include "libr1/parallel/mpi_session.h"
#include "libr1/stage/stop_signal.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {
namespace {

int default_threads(const StageOptions& options, const ProcessGroup& world) {
  return options.threads > 0 ? options.threads
                             : std::max(1, available_cores() / world.local_size());
}

std::string short_time(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 120) return concat(whole, " s");
  if (whole < 7200) return concat(whole / 60, " min");
  return concat(whole / 3600, " h ", whole / 60 % 60, " min");
}

}  // namespace

StageContext::StageContext(std::string name, StageOptions options, std::string config_text,
                           ProcessGroup& world)
    : name_(std::move(name)),
      options_(std::move(options)),
      config_text_(std::move(config_text)),
      stage_dir_(options_.run + "/" + name_),
      world_(world),
      pool_(default_threads(options_, world)),
      metrics_(world.rank() == 0 ? stage_dir_ + "/metrics.jsonl" : "") {
  gpu::place() = world.local_rank();
}

bool StageContext::resume_is_named() const {
  return options_.resume != "auto" && options_.resume != "never";
}

std::optional<std::string> StageContext::resumable() const {
  restore_replaced_checkpoints(stage_dir_);
  return resume_is_named() ? options_.resume : latest_checkpoint(stage_dir_);
}

std::optional<std::string> StageContext::resume_from() {
  std::string path;
  if (is_root()) {
    path = resumable().value_or("");
    // Refuses what is not a complete checkpoint.
    if (resume_is_named()) went_back_to_ = checkpoint_step(path);
  }
  path = world_.broadcast(path, 0, "choose the checkpoint to resume from");
  if (path.empty()) return std::nullopt;
  return path;
}

void StageContext::resume_from_samples(const std::string& folder) const {
  if (options_.resume == "auto") return;
  R1_CHECK_INPUT(options_.resume == "never", "--resume ", options_.resume, ": ", name_,
                 " goes on from its samples, it has no checkpoints; expected auto or never");
  R1_CHECK_INPUT(!file_exists(folder), "--resume never, but ", folder, " exists: remove ",
                 stage_dir_, " or choose another --run");
}

void StageContext::mark_done() const { write_file(stage_dir_ + "/DONE", config_text_); }

void StageContext::at(int64_t step, const char* phase) {
  step_ = step;
  phase_ = phase;
  set_crash_place(where());
  if (step == 0) return;
  leave_branch();
  if (last_check_s_ < 0) last_check_s_ = seconds();  // the first step begins
}

void StageContext::leave_branch() {
  if (!went_back_to_) return;
  for (const std::string& path : set_aside_checkpoints(stage_dir_, *went_back_to_))
    log_info("the run goes another way from step ", *went_back_to_, " on: ", path,
             " is what it had; nothing reads it any more, and it may be removed");
  went_back_to_.reset();
}

std::string StageContext::where() const {
  return concat(name_, " on rank ", world_.rank(), " of ", world_.size(), " (", node_name(),
                "), step ", step_, ", phase ", phase_);
}

std::unique_ptr<Watchdog> StageContext::guard(const char* operation) const {
  return std::make_unique<Watchdog>(
      options_.timeout_s,
      concat(where(), ": waited ", options_.timeout_s, " s for the other ranks in '", operation,
             "'; a rank is dead or stopped, or the file system is slow: then give a longer "
             "--timeout"),
      70);
}

double StageContext::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

bool StageContext::stop_requested() {
  const double now = seconds();
  if (last_check_s_ >= 0) longest_step_s_ = std::max(longest_step_s_, now - last_check_s_);
  last_check_s_ = now;
  // Half as much again as the longest step, for its noise and the save.
  const bool late = options_.deadline_s > 0 && now + 1.5 * longest_step_s_ > options_.deadline_s;
  const int64_t reason = stop_signal() != 0 ? 2 : late ? 1 : 0;
  const int64_t agreed = world_.max(reason, "agree whether to stop");
  if (agreed > 0 && is_root())
    log_info(agreed == 2 ? "asked to stop by a signal" : "the job's time is nearly over");
  return agreed > 0;
}

void StageContext::progress(int64_t step, int64_t total, const std::string& text) {
  if (!is_root()) return;
  const double now = seconds();
  if (first_step_s_ < 0) {
    first_step_s_ = now;
    first_step_ = step;
  }
  std::ostringstream line;
  line << "step " << step << "/" << total << "  " << text;
  if (step > first_step_) {
    const double each = (now - first_step_s_) / static_cast<double>(step - first_step_);
    line << "  " << std::setprecision(3) << each << " s a step, "
         << short_time(each * static_cast<double>(total - step)) << " left";
  }
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  if (terminal) std::fprintf(stderr, "\r\033[K%s%s", line.str().c_str(), step == total ? "\n" : "");
  if (terminal || (now - last_line_s_ < 5 && step != total)) return;
  last_line_s_ = now;
  log_info(line.str());
}

}  // namespace r1
