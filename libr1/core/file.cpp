#include "libr1/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "libr1/core/fault.h"

namespace r1 {
namespace {

namespace fs = std::filesystem;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string reason() { return std::strerror(errno); }

}  // namespace

std::string read_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw_errno("cannot open " + path);
  std::string bytes;
  std::string block(1 << 20, '\0');
  for (;;) {
    const ssize_t n = ::read(file.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("cannot read " + path);
    if (n == 0) return bytes;
    bytes.append(block, 0, static_cast<size_t>(n));
  }
}

std::string output_path(const std::string& path) {
  constexpr int kLongestChain = 40;  // the kernel's
  fs::path at = path;
  std::error_code error;
  for (int links = 0;; ++links) {
    const fs::file_type found = fs::status(at, error).type();
    R1_CHECK_INPUT(found != fs::file_type::directory, path,
                   " is a folder, expected the name of a file to write");
    R1_CHECK_INPUT(found == fs::file_type::regular || found == fs::file_type::not_found ||
                       found == fs::file_type::none,
                   path,
                   " is a pipe, a socket or a device; output is written beside its place and "
                   "renamed, so name a file");
    if (!fs::is_symlink(fs::symlink_status(at, error))) return at.string();
    const fs::path target = fs::read_symlink(at, error);
    R1_CHECK_INPUT(!error && links < kLongestChain, "cannot follow the link ", path);
    at = at.parent_path() / target;  // an absolute target replaces all before it
  }
}

void refuse_own_input(const std::string& in, const std::string& out) {
  std::error_code error;
  R1_CHECK_INPUT(!fs::equivalent(in, out, error), out, " is what is read; choose another output");
}

void check_folder_of(const std::string& out) {
  const std::string folder = fs::path(out).parent_path().string();
  if (!folder.empty() && ::access(folder.c_str(), W_OK) != 0)
    throw_errno(concat("cannot write ", out, " into its folder"));
}

OutputFile::OutputFile(const std::string& path)
    : path_(output_path(path)),
      temporary_(path_ + ".part"),
      fd_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  R1_CHECK(fd_ >= 0, "cannot create ", temporary_, ": ", reason());
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!kept_) ::unlink(temporary_.c_str());
}

void OutputFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    R1_CHECK(n >= 0, "cannot write ", temporary_, ": ", reason());
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void OutputFile::keep() {
  R1_CHECK(::fsync(fd_) == 0, "cannot sync ", temporary_, ": ", reason());
  R1_CHECK(::close(std::exchange(fd_, -1)) == 0, "cannot close ", temporary_, ": ", reason());
  R1_CHECK(::rename(temporary_.c_str(), path_.c_str()) == 0, "cannot rename ", temporary_, " to ",
           path_, ": ", reason());
  kept_ = true;
  sync_parent(path_);
}

void write_file(const std::string& path, std::string_view bytes) {
  OutputFile file(path);
  file.append(bytes);
  file.keep();
}

void flush_standard_output() {
  R1_CHECK(std::fflush(stdout) == 0 && !std::ferror(stdout),
           "cannot write standard output: ", reason());
}

void sync_path(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  R1_CHECK(file.get() >= 0, "cannot open ", path, " to sync it: ", reason());
  R1_CHECK(::fsync(file.get()) == 0, "cannot sync ", path, ": ", reason());
}

void sync_parent(const std::string& path) {
  const auto parent = fs::path(path).parent_path();
  sync_path(parent.empty() ? "." : parent.string());
}

bool file_exists(const std::string& path) {
  std::error_code error;
  const bool exists = fs::exists(path, error);
  R1_CHECK(!error || fault_of_errno(error.value()) == Fault::kInput, "cannot look for ", path, ": ",
           error.message());
  return exists;
}

std::string looked_from(const std::string& path) {
  std::error_code unknown;
  const std::string here = fs::current_path(unknown).string();
  return path.starts_with("/") || unknown ? "" : concat(" (from ", here, ")");
}

void make_directories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw_error(fault_of_errno(error.value()),
                concat("cannot create the directory ", path, ": ", error.message()));
}

}  // namespace r1
