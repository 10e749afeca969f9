#include "stages/tools/preflight_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "libr1/core/clock.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/core/function_ref.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kFileBytes = 32 << 20, kNodeBytes = 64 << 20;
constexpr long kNfsMagic = 0x6969;  // of statfs(2)

// Enough to tell a rate by, and not more of a node for all of its ranks.
int64_t file_bytes(const std::vector<std::string>& nodes, int rank) {
  const int64_t ranks = std::ranges::count(nodes, nodes[static_cast<size_t>(rank)]);
  return std::min(kFileBytes, kNodeBytes / ranks);
}

bool tells_of(int error, const std::string& text) {
  return text.find(std::strerror(error)) != text.npos;
}

// Each rank's problem in a text, empty when it has none, to a list; gives them all. That a disk or
// a quota is full is no one node's fault, whoever happens to notice.
std::vector<std::string> add_problems(const std::string& mine,
                                      const std::vector<std::string>& nodes, ProcessGroup& world,
                                      Check& check) {
  auto all = world.all_gather(mine, "compare what ranks saw of the files");
  for (size_t r = 0; r < all.size(); ++r)
    if (tells_of(ENOSPC, all[r]) || tells_of(EDQUOT, all[r]))
      check.problems.push_back({"", concat(all[r], " (on ", nodes[r], ")")});
    else if (!all[r].empty())
      check.problems.push_back({nodes[r], all[r]});
  return all;
}

// Runs body, whose Error is this rank's problem.
template <class Body>
std::string problem_of(const Body& body) {
  try {
    body();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string content_of(const std::vector<std::string>& nodes, int rank) {
  std::string bytes(static_cast<size_t>(file_bytes(nodes, rank)), '\0');
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 31 + static_cast<size_t>(rank));
  return bytes;
}

// Files that other nodes made may show up late, where attributes are cached.
bool appears(const std::string& path) {
  for (int tries = 0; tries < 50; ++tries) {
    if (file_exists(path)) return true;
    ::usleep(100'000);
  }
  return false;
}

class LockFile {
 public:
  explicit LockFile(const std::string& path)
      : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    R1_CHECK(fd_ >= 0, "cannot open ", path, ": ", std::strerror(errno));
  }
  ~LockFile() { ::close(fd_); }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  bool flock() const { return ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }
  bool fcntl() const {
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd_, F_SETLK, &whole) == 0;
  }

 private:
  int fd_;
};

// Rank 0 holds the lock, the others must not get it; after that the last rank must. Whatever a rank
// finds, it meets the others at every step.
Check check_lock(const std::string& name, FunctionRef<bool(const LockFile&)> take,
                 const std::string& folder, const std::vector<std::string>& nodes,
                 ProcessGroup& world) {
  Check check{.name = name, .summary = "holds across ranks"};
  const std::string path = folder + "/preflight-" + name;
  std::unique_ptr<LockFile> held;
  std::string problem;
  if (world.rank() == 0)
    problem = problem_of([&] {
      held = std::make_unique<LockFile>(path);
      R1_CHECK(take(*held), name, " of ", path, " failed: ", std::strerror(errno));
    });
  const bool is_held = world.max(held && problem.empty() ? 1.0 : 0.0, "lock a file") > 0;
  if (is_held && world.rank() != 0)
    problem = problem_of([&] {
      R1_CHECK(!take(LockFile(path)), name, " of ", path, " was given to two ranks at once");
    });
  world.barrier("try a locked file");
  held.reset();
  world.barrier("unlock a file");
  if (is_held && world.rank() == world.size() - 1 && problem.empty())
    problem = problem_of([&] {
      R1_CHECK(take(LockFile(path)), name, " of ", path, " was not free after its release");
    });
  add_problems(problem, nodes, world, check);
  return check;
}

// HDF5 locks the files that it opens, unless it is told not to, as slurm/common.sh does: of ours
// each has one writer, or ranks that write through MPI-IO, which takes no such lock.
bool needs_flock() {
  const char* locking = std::getenv("HDF5_USE_FILE_LOCKING");
  return !locking || (std::string_view(locking) != "FALSE" && std::string_view(locking) != "0");
}

// MPI-IO locks what it writes on NFS, for other nodes' caches; elsewhere it does not.
bool needs_fcntl(const std::string& folder) {
  struct statfs facts = {};
  return ::statfs(folder.c_str(), &facts) == 0 && facts.f_type == kNfsMagic;
}

}  // namespace

std::vector<Check> check_files(const std::string& folder, const std::vector<std::string>& nodes,
                               ProcessGroup& world) {
  const int next = (world.rank() + 1) % world.size();
  const auto path_of = [&](int rank) { return concat(folder, "/preflight-rank-", rank); };
  Check written{.name = "write, read"}, renamed{.name = "rename", .summary = "is seen by others"};
  const std::string mine = content_of(nodes, world.rank());
  const auto start = Clock::now();
  const auto unwritten = add_problems(problem_of([&] { write_file(path_of(world.rank()), mine); }),
                                      nodes, world, written);
  // What a node could not write is not its reader's fault.
  const bool is_there = unwritten[static_cast<size_t>(next)].empty();
  const double seconds = seconds_since(start);
  add_problems(problem_of([&] {
                 if (!is_there) return;
                 R1_CHECK(appears(path_of(next)), path_of(next), " did not appear within 5 s");
                 R1_CHECK(read_file(path_of(next)) == content_of(nodes, next), path_of(next),
                          " is not what rank ", next, " wrote");
               }),
               nodes, world, written);
  int64_t bytes = 0;
  for (int rank = 0; rank < world.size(); ++rank) bytes += file_bytes(nodes, rank);
  const double mib = static_cast<double>(bytes) / (1 << 20);
  written.summary = concat(std::llround(mib), " MiB at ", std::llround(mib / seconds),
                           " MiB/s, synced; read by other ranks");
  const std::string suffix = ".renamed";
  std::error_code error;
  fs::rename(path_of(world.rank()), path_of(world.rank()) + suffix, error);
  world.barrier("rename a file");
  add_problems(problem_of([&] {
                 if (!is_there) return;
                 R1_CHECK(appears(path_of(next) + suffix), path_of(next),
                          " was renamed and is not there");
                 R1_CHECK(!file_exists(path_of(next)), path_of(next),
                          " is there under its old name as well");
               }),
               nodes, world, renamed);
  Check flock = check_lock(
      "flock", [](const LockFile& file) { return file.flock(); }, folder, nodes, world);
  flock.is_harmless = !needs_flock();
  Check fcntl = check_lock(
      "fcntl", [](const LockFile& file) { return file.fcntl(); }, folder, nodes, world);
  fcntl.is_harmless = world.max(needs_fcntl(folder) ? 1.0 : 0.0, "ask for the file system") == 0;
  for (const std::string& path : {path_of(world.rank()), path_of(world.rank()) + suffix,
                                  folder + "/preflight-flock", folder + "/preflight-fcntl"})
    fs::remove(path, error);
  return {written, renamed, flock, fcntl};
}

Check check_space(const std::string& folder, int64_t free_gib, ProcessGroup& world) {
  struct statvfs facts = {};
  int64_t gib = -1;
  if (world.rank() == 0 && ::statvfs(folder.c_str(), &facts) == 0)
    gib = static_cast<int64_t>(facts.f_bavail * facts.f_frsize >> 30);
  gib = world.max(gib, "free space");
  Check check{.name = "free space", .summary = concat(gib, " GiB in ", folder)};
  if (gib < free_gib)
    check.problems.push_back({"", concat(gib, " GiB are free in ", folder,
                                         ", slurm.free_space_gib asks for ", free_gib)});
  return check;
}

}  // namespace r1
