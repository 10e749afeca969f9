#include "libr1/stage/stage.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <new>
#include <optional>

#include "libr1/core/build.h"
#include "libr1/core/crash_report.h"
#include "libr1/core/file.h"
#include "libr1/core/file_lock.h"
#include "libr1/parallel/mpi_session.h"
#include "libr1/stage/job_config.h"
#include "libr1/stage/stop_signal.h"
#include "libr1/storage/checkpoint.h"

namespace r1 {
namespace {

// What a process of the life before may take to end, and a cancelled job to save, in seconds.
constexpr double kLockWait = 5, kLockWaitInJob = 60;
// In which a holder that lives shows it, over a network's caches of attributes as well.
constexpr double kSignOfLife = 100;
constexpr int kDone = 0, kBadInput = 64, kFailed = 70, kRequeue = 75;

// For the config that a run had up to this step, which may change there more than once.
std::string free_config_name(const std::string& folder, int64_t step) {
  const std::string name =
      concat(folder, "/effective-before-step-", std::setfill('0'), std::setw(6), step);
  std::string free = name + ".toml";
  for (int i = 2; file_exists(free); ++i) free = concat(name, "-", i, ".toml");
  return free;
}

class StageRun {
 public:
  StageRun(MpiSession& session, const StageInfo& info) : session_(session), info_(info) {}

  int run(int argc, char** argv, const FieldTable& fields,
          FunctionRef<StageOutcome(StageContext&)> body) {
    std::string text;
    const auto options = parse_stage_options(argc, argv, info_.name, info_.summary, text);
    if (!options) return print(text);
    if (options->document_config)
      return print(
          concat("## ", info_.name, "\n\n", info_.summary, ".\n\n", document_fields(fields)));
    const FieldTable own =
        read_job_config(fields, info_.name, {options->config, options->job, options->overrides});
    const std::string config = write_fields(own);
    if (options->check_files) check_files(own, options->config);
    if (options->print_config) return print(config);
    if (options->check_files) return kDone;
    world_ = meet(options->timeout_s);
    const std::string folder = options->job + (info_.folder_suffix ? info_.folder_suffix() : "");
    context_ = std::make_unique<StageContext>(folder, *options, config, *world_);
    if (!prepare_folder(*context_, *options)) return kDone;
    const StageOutcome outcome = body(*context_);
    world_->barrier("end of the stage");
    context_->leave_branch();
    if (outcome == StageOutcome::kStopped) return kRequeue;
    if (world_->rank() == 0) context_->mark_done();
    return kDone;
  }

  // Where the failure happened, for its message.
  std::string where() const {
    return context_ ? context_->where()
                    : concat(info_.name, " on rank ", session_.rank(), " of ", session_.size(),
                             " (", node_name(), ")");
  }

 private:
  int print(const std::string& text) const {
    if (session_.rank() != 0) return kDone;
    std::fputs(text.c_str(), stdout);
    flush_standard_output();
    return kDone;
  }

  // The group has a deadline of its own, which does not know the stage's name.
  std::unique_ptr<ProcessGroup> meet(double timeout_s) {
    const Watchdog guard(timeout_s,
                         concat(where(), ": waited ", timeout_s,
                                " s for the other ranks to start; one is dead or stopped"),
                         kFailed);
    return session_.world(timeout_s);
  }

  // Keeps two starts of one stage apart, which would remove each other's files.
  void lock_folder(const std::string& folder, double timeout_s) {
    const char* job = std::getenv("SLURM_JOB_ID");
    const std::string note =
        job ? concat("Slurm job ", job) : concat("process ", ::getpid(), " on ", node_name());
    const bool requeued = job && std::getenv("SLURM_RESTART_COUNT");
    std::string holder;
    if (world_->rank() == 0) {
      make_directories(folder);
      lock_.emplace(folder + "/lock", job && !requeued ? kLockWaitInJob : kLockWait, note);
      holder = lock_->holder();
      // A file server may keep the lock of a node that died. Or Slurm has only lost touch with the
      // node, and the job's life before goes on there: two must not write.
      if (requeued && holder == note) {
        R1_CHECK(!lock_->holder_lives(std::min(kSignOfLife, timeout_s / 2)), folder,
                 " is in use by this job's life before, on a node that Slurm has given up; it has "
                 "to end there first");
        holder.clear();
      }
    }
    holder = world_->broadcast(holder, 0, "lock the stage's folder");
    R1_CHECK_INPUT(holder.empty(), folder, " is in use by ", holder,
                   ", as its file lock says; wait for its end, stop it, or choose another --run");
  }

  // False when the stage was done before.
  bool prepare_folder(const StageContext& context, const StageOptions& options) {
    const std::string done = context.stage_dir() + "/DONE";
    int64_t finished = 0;
    lock_folder(context.stage_dir(), options.timeout_s);
    if (world_->rank() == 0) {
      finished = file_exists(done);
      if (finished) check_finished_config(context, done);
      R1_CHECK_INPUT(!finished || options.resume == "auto", context.stage_dir(),
                     " is done, so there is nothing to resume; remove its DONE to go on from a "
                     "checkpoint, or choose another --run");
      if (options.resume == "never") refuse_checkpoint(context);
    }
    finished = world_->max(finished, "is the stage done?");
    start_log(world_->rank(), world_->size(), options.log_level,
              concat(context.stage_dir(), "/rank-", world_->rank(), ".log"));
    if (world_->rank() != 0) return !finished;
    if (finished) {
      log_info(info_.name, " is done: ", done);
      return false;
    }
    if (lock_->state() != FileLock::State::kHeld)
      log_warning(context.stage_dir(),
                  "/lock cannot be locked here: nothing keeps a second start of "
                  "this stage away");
    write_effective_config(context);
    log_info(info_.name, " ", kVersion, " (", git_revision(), "), ", world_->size(), " ranks x ",
             context.num_threads(), " threads, ", context.stage_dir());
    return true;
  }

  // Before anything is written under this start's config.
  static void refuse_checkpoint(const StageContext& context) {
    const auto checkpoint = context.resumable();
    R1_CHECK_INPUT(!checkpoint, "--resume never, but ", *checkpoint, " exists: remove ",
                   context.stage_dir(), " or choose another --run");
  }

  void check_finished_config(const StageContext& context, const std::string& done) const {
    const std::string changes = config_changes(read_file(done), context.config_text());
    R1_CHECK_INPUT(changes.empty(), context.stage_dir(), " was finished with another config (",
                   changes,
                   "); choose another --run, or to go on with these settings remove its DONE, to "
                   "make it again its folder");
  }

  void write_effective_config(const StageContext& context) const {
    const std::string effective = context.stage_dir() + "/effective.toml";
    if (file_exists(effective)) keep_old_config(context, read_file(effective));
    write_file(effective, context.config_text());
  }

  // Beside what was done under it.
  void keep_old_config(const StageContext& context, const std::string& old) const {
    const std::string changes = config_changes(old, context.config_text());
    if (changes.empty()) return;
    if (const auto checkpoint = context.resumable()) {
      const std::string kept = free_config_name(context.stage_dir(), checkpoint_step(*checkpoint));
      write_file(kept, old);
      log_warning("goes on from ", *checkpoint, " with another config (", changes,
                  "); the one before is ", kept);
    } else if (file_exists(context.stage_dir() + "/samples")) {
      log_warning("goes on from the samples of ", context.stage_dir(), " with another config (",
                  changes, "), which replaces effective.toml");
    }
  }

  MpiSession& session_;
  const StageInfo& info_;
  std::optional<FileLock> lock_;  // of rank 0, to the end
  std::unique_ptr<ProcessGroup> world_;
  std::unique_ptr<StageContext> context_;
};

// One message a job: what is wrong with the input is wrong on every rank, and rank 0 says it
// first; its abort ends the others, who speak up only if it does not. In a Slurm job that is then
// this node's fault, as a file system that is not mounted here: the next life may do without it.
int fail(MpiSession& session, int code, const std::string& message) {
  if (session.rank() != 0 && code == kBadInput) {
    const bool in_job = std::getenv("SLURM_JOB_ID");
    for (int i = 0; i < (in_job ? 200 : 20); ++i) ::usleep(100'000);  // signals end a sleep
    if (in_job) code = kFailed;
  }
  std::fprintf(stderr, "%s\n", message.c_str());
  std::fflush(stderr);
  // HDF5's clean-up does not survive a file that could not be closed, as on a full disk.
  if (session.size() == 1 && code == kFailed) ::_exit(code);
  if (session.size() == 1) return code;
  ::usleep(300'000);  // a launcher that kills the job at once would take the message with it
  session.abort(code);
  return code;
}

}  // namespace

int run_stage_with(int argc, char** argv, const StageInfo& info, const FieldTable& fields,
                   FunctionRef<StageOutcome(StageContext&)> body) {
  listen_for_stop();  // before MPI: a signal while the job starts would end it without exit code 75
  MpiSession session(&argc, &argv);
  StageRun run(session, info);
  report_crashes();
  set_crash_place(run.where());
  try {
    return run.run(argc, argv, fields, body);
  } catch (const Error& error) {
    if (error.fault() == Fault::kInput)
      return fail(session, kBadInput, concat(info.name, ": ", error.what()));
    return fail(session, kFailed, concat(run.where(), ": ", error.what()));
  } catch (const std::bad_alloc&) {
    return fail(session, kFailed,
                concat(run.where(),
                       ": out of memory; use more ranks, fewer "
                       "compute.micro_batch_tokens or a smaller rollout cache"));
  } catch (const std::exception& error) {
    return fail(session, kFailed, concat(run.where(), ": ", error.what()));
  }
}

}  // namespace r1
