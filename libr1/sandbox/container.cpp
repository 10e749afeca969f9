#include "libr1/sandbox/container.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

constexpr const char* kNobody = "65534";
constexpr int64_t kMebi = 1 << 20;

// All that a program knows of its environment. Hashes of texts are fixed, so that the order of a
// Python set is the same in every run.
std::vector<std::string> environment_of(const std::string& scratch) {
  return {"PATH=/usr/bin:/bin", "HOME=" + scratch,   "TMPDIR=" + scratch,
          "LC_ALL=C.UTF-8",     "PYTHONHASHSEED=0",  "PYTHONDONTWRITEBYTECODE=1",
          "OMP_NUM_THREADS=1",  "MALLOC_ARENA_MAX=2"};
}

std::vector<std::string> limited(const Program& program, const SandboxConfig& config) {
  const ProgramLimits& limits = program.limits;
  const bool one_process = limits.calls == SystemCalls::kOneProcess;
  std::vector<std::string> argv = {
      "/usr/bin/prlimit",
      "--core=0",
      "--memlock=0",
      "--msgqueue=0",
      "--sigpending=64",
      concat("--stack=", 64 * kMebi),
      concat("--as=", limits.memory_mib * kMebi),
      concat("--fsize=", limits.scratch_mib * kMebi),
      concat("--nofile=", config.open_files),
  };
  // Counted in the container alone; without one, all of the user's processes would count.
  if (config.unprotected.empty())
    argv.push_back(concat("--nproc=", one_process ? config.threads + 1 : 64));
  else
    argv.push_back(concat("--cpu=", limits.cpu_s));
  argv.push_back("--");
  argv.insert(argv.end(), program.argv.begin(), program.argv.end());
  return argv;
}

void add(std::vector<std::string>& argv, std::initializer_list<std::string> more) {
  argv.insert(argv.end(), more);
}

void add_system(std::vector<std::string>& argv, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) add(argv, {"--ro-bind-try", folder, folder});
  for (const std::string folder : {"/bin", "/lib", "/lib64"}) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(folder, error);
    if (error)
      add(argv, {"--ro-bind-try", folder, folder});
    else
      add(argv, {"--symlink", target.string(), folder});
  }
  for (const char* device : {"/dev/null", "/dev/zero", "/dev/urandom"})
    add(argv, {"--dev-bind", device, device});
}

}  // namespace

ScratchFolder::ScratchFolder(const std::vector<ProgramFile>& files) {
  const char* parent = std::getenv("TMPDIR");
  path_ = concat(parent ? parent : "/tmp", "/r1-unprotected-XXXXXX");
  R1_CHECK(::mkdtemp(path_.data()), "cannot make ", path_, ": ", std::strerror(errno));
  for (const ProgramFile& file : files) {
    const std::string path = path_ + "/" + file.name;
    write_file(path, file.bytes);
    if (file.executable) ::chmod(path.c_str(), 0700);
  }
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // nothing depends on it
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Container::Container(const SandboxConfig& config)
    : config_(config),
      one_process_(system_call_filter(SystemCalls::kOneProcess)),
      processes_(system_call_filter(SystemCalls::kProcesses)) {
  R1_CHECK_INPUT(config.unprotected.empty() || config.unprotected == kUnprotectedWords,
                 "unprotected: found \"", config.unprotected, "\"; leave it out or write \"",
                 kUnprotectedWords, "\"");
}

ProgramLimits Container::program_limits() const {
  return {config_.cpu_seconds, config_.memory_mib, config_.scratch_mib, config_.output_mib,
          SystemCalls::kOneProcess};
}

ProgramLimits Container::compiler_limits() const {
  constexpr int64_t kScratch = 256, kOutput = 64;  // of object files; the program that is made
  return {config_.compile_cpu_seconds, config_.compile_memory_mib, kScratch, kOutput,
          SystemCalls::kProcesses};
}

// Descriptors of the command so far: 0 to 2, the status, the channels, and then one a file.
Command Container::contained_command(const Program& program, std::vector<Descriptor>& files) const {
  Command command;
  std::vector<std::string>& argv = command.argv;
  int next = 3 + static_cast<int>(program.channels.size());
  const auto pass = [&](std::string_view bytes) {
    files.push_back(memory_file(bytes));
    return std::to_string(next++);
  };
  // From outside, as the filter lets nobody change it: a program that lowered it could have itself
  // killed and pass for one that the machine killed.
  argv = {"/usr/bin/prlimit", concat("--cpu=", program.limits.cpu_s), "--"};
  // The limit on processes does not hold for root, even in a container.
  if (::geteuid() == 0)
    add(argv, {"/usr/bin/setpriv", concat("--reuid=", kNobody), concat("--regid=", kNobody),
               "--clear-groups"});
  add(argv, {config_.bubblewrap, "--unshare-user", "--unshare-ipc", "--unshare-pid",
             "--unshare-net", "--unshare-uts", "--unshare-cgroup", "--uid", kNobody, "--gid",
             kNobody, "--hostname", "sandbox", "--die-with-parent", "--new-session", "--as-pid-1",
             "--cap-drop", "ALL", "--clearenv"});
  for (const std::string& variable : environment_of("/scratch")) {
    const size_t equals = variable.find('=');
    add(argv, {"--setenv", variable.substr(0, equals), variable.substr(equals + 1)});
  }
  add_system(argv, config_.system_folders);
  add(argv, {"--size", std::to_string(program.limits.scratch_mib * kMebi), "--tmpfs", "/scratch",
             "--symlink", "scratch", "/tmp"});
  for (const ProgramFile& file : program.files)
    add(argv, {"--perms", file.executable ? "0111" : "0444", "--ro-bind-data", pass(file.bytes),
               "/scratch/" + file.name});
  const bool one_process = program.limits.calls == SystemCalls::kOneProcess;
  add(argv, {"--remount-ro", "/", "--chdir", "/scratch", "--seccomp",
             pass(one_process ? one_process_ : processes_), "--json-status-fd",
             std::to_string(next), "--"});
  const auto rest = limited(program, config_);
  argv.insert(argv.end(), rest.begin(), rest.end());
  command.environment = {"PATH=/usr/bin:/bin"};
  command.status_stream = 0;
  command.is_one_process = one_process;
  command.counted_folder = "/scratch";
  command.max_files = program.limits.files;
  return command;
}

ContainedProgram Container::start(const Program& program, Descriptor report) const {
  ContainedProgram result;
  std::vector<Descriptor> files;
  Command command;
  if (is_protected()) {
    command = contained_command(program, files);
  } else {
    result.folder_ = ScratchFolder(program.files);
    command.argv = limited(program, config_);
    command.folder = result.folder_.path();
    command.environment = environment_of(command.folder);
  }
  const Descriptor input = memory_file(program.input);
  Pipe output = make_pipe(), errors = make_pipe(), status = make_pipe();
  command.descriptors = {input.get(), output.write.get(), errors.write.get()};
  command.descriptors.insert(command.descriptors.end(), program.channels.begin(),
                             program.channels.end());
  for (const Descriptor& file : files) command.descriptors.push_back(file.get());
  command.descriptors.push_back(status.write.get());
  const auto limit = static_cast<size_t>(program.limits.output_mib * kMebi);
  std::vector<CapturedStream> streams;
  streams.push_back({std::move(status.read), 4096, ""});
  streams.push_back({std::move(output.read), limit, ""});
  streams.push_back({std::move(errors.read), limit, ""});
  streams.push_back({std::move(report), limit, ""});
  result.limits_ = program.limits;
  result.contained_ = is_protected();
  result.wall_s_ = config_.wall_seconds;
  result.process_ = std::make_unique<Process>(command, std::move(streams));
  return result;
}

ContainedProgram Container::run(const Program& program, double seconds) const {
  ContainedProgram result = start(program);
  ContainedProgram::wait({&result}, seconds);
  return result;
}

}  // namespace r1
