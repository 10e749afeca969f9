#include "tests/unit/sandbox/containment.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "libr1/core/file.h"
#include "libr1/core/thread_pool.h"

namespace r1 {
namespace {

using ::testing::HasSubstr;

// Processes of other users' namespaces than ours: contained ones, and those of other people's
// sandboxes.
std::set<int> contained_processes() {
  std::set<int> result;
  std::error_code error;
  const auto ours = std::filesystem::read_symlink("/proc/self/ns/user", error);
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const int pid = std::atoi(entry.path().filename().c_str());
    const auto theirs = std::filesystem::read_symlink(entry.path() / "ns/user", error);
    if (pid > 0 && !error && theirs != ours) result.insert(pid);
  }
  return result;
}

// New ones that stay.
std::set<int> left_behind(const std::set<int>& before) {
  std::set<int> left = contained_processes();
  for (int i = 0; i < 50 && !left.empty(); ++i) {
    std::set<int> still;
    for (const int pid : contained_processes())
      if (left.count(pid) && !before.count(pid)) still.insert(pid);
    left = still;
    if (!left.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return left;
}

}  // namespace

void ContainmentTest::expect_contained(bool all, size_t at_least) {
  const auto before = contained_processes();
  std::string host = "/tmp/r1-host-XXXXXX";
  ASSERT_NE(::mkdtemp(host.data()), nullptr);
  write_file(host + "/secret", "ours");
  ::setenv("R1_SECRET", "ours", 1);
  const Descriptor careless(::open((host + "/secret").c_str(), O_RDONLY));  // not closed on exec
  const auto programs = hostile_programs(host, all);
  EXPECT_GE(programs.size(), at_least);
  SandboxConfig config = quick_limits();
  config.memory_mib = 256;
  config.compile_memory_mib = 512;
  config.compile_cpu_seconds = 5;
  Sandbox sandbox(config);
  config.wall_seconds = 2;
  Sandbox impatient(config);  // for those that wait for ever
  std::vector<CodeResult> results(programs.size());
  ThreadPool threads(sandbox.concurrency());
  threads.parallel_for(static_cast<int64_t>(programs.size()), 1, [&](int64_t begin, int64_t) {
    const HostileProgram& program = programs[static_cast<size_t>(begin)];
    const CodeReference reference{
        .language = program.language, .kind = CodeTestKind::kStdio, .tests = {{"", "contained"}}};
    const bool waits = program.reason == kWaits;
    results[static_cast<size_t>(begin)] =
        (waits ? impatient : sandbox).run(reference, program.source);
  });
  for (size_t i = 0; i < programs.size(); ++i) {
    const Judgement& judgement = results[i].judgement;
    // A machine that is busy with the others may keep a program from its sleep.
    const bool kept_awake =
        programs[i].reason == kWaits && judgement.verdict == Verdict::kUnverifiable;
    EXPECT_TRUE(judgement.verdict == programs[i].verdict || kept_awake) << programs[i].name << "\n"
                                                                        << judgement.reason;
    EXPECT_THAT(judgement.reason, HasSubstr(programs[i].reason)) << programs[i].name;
    EXPECT_THAT(judgement.reason, testing::Not(HasSubstr("did not start"))) << programs[i].name;
  }
  EXPECT_EQ(read_file(host + "/secret"), "ours");
  EXPECT_EQ(left_behind(before), std::set<int>());
  std::filesystem::remove_all(host);
}

}  // namespace r1
