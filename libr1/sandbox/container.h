// Starts programs in a container of their own: bubblewrap with all namespaces unshared, a filter of
// system calls and resource limits. Without protection, only the limits remain.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libr1/reward/verdict.h"
#include "libr1/sandbox/config.h"
#include "libr1/sandbox/process.h"
#include "libr1/sandbox/system_calls.h"

namespace r1 {

struct ProgramFile {
  std::string name;  // in the scratch folder; read-only
  std::string bytes;
  bool executable = false;  // and then not to be read
};

struct ProgramLimits {
  int cpu_s = 1;
  int64_t memory_mib = 0, scratch_mib = 0, output_mib = 0;
  SystemCalls calls = SystemCalls::kOneProcess;
  int64_t files = 10000;  // in scratch; each costs the kernel a KiB or two that counts to no limit
};

struct Program {
  std::vector<std::string> argv;  // paths of the system or, without a slash at first, in scratch
  std::vector<ProgramFile> files;
  std::string input;  // standard input
  // Becomes descriptors 3, 4, ... of the program.
  std::vector<int> channels;
  ProgramLimits limits;
};

// A folder of the machine, for programs that are not contained.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  explicit ScratchFolder(const std::vector<ProgramFile>& files);
  ~ScratchFolder();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  ScratchFolder& operator=(ScratchFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class ContainedProgram {
 public:
  const std::string& output() const { return process_->text(1); }
  const std::string& errors() const { return process_->text(2); }
  // What was written to channel 3 when start() was given its other end.
  const std::string& report() const { return process_->text(3); }
  double cpu_s() const { return process_->cpu_s(); }
  EndReason reason() const { return process_->reason(); }
  // How it ended: correct for exit code 0. Unverifiable when that was not its own doing.
  Judgement ending() const;
  // What a SIGKILL that it, or a process of its own, got stands for.
  Judgement killing() const;
  // At once, until the first has ended; see wait_for_first. Afterwards all have ended.
  static void wait(const std::vector<ContainedProgram*>& programs, double seconds);

 private:
  friend class Container;
  ScratchFolder folder_;
  ProgramLimits limits_;
  double wall_s_ = 0;
  bool contained_ = true;
  std::unique_ptr<Process> process_;
};

class Container {
 public:
  // Fault::kInput when `unprotected` says something else than the words. Keeps the config.
  explicit Container(const SandboxConfig& config);

  // `report`, when open, is read as the program's report().
  ContainedProgram start(const Program& program, Descriptor report = {}) const;
  // To its end, or for so many seconds.
  ContainedProgram run(const Program& program, double seconds) const;
  ContainedProgram run(const Program& program) const { return run(program, config_.wall_seconds); }

  const SandboxConfig& config() const { return config_; }
  bool is_protected() const { return config_.unprotected.empty(); }
  ProgramLimits program_limits() const;
  ProgramLimits compiler_limits() const;

 private:
  Command contained_command(const Program& program, std::vector<Descriptor>& files) const;

  SandboxConfig config_;
  std::string one_process_, processes_;  // filters
};

}  // namespace r1
