#include "libr1/storage/positioned_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libr1/core/fault.h"

namespace r1 {

PositionedFile::PositionedFile(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (fd_ < 0) throw_errno("cannot open " + path);
  struct stat facts {};
  const bool regular = ::fstat(fd_, &facts) == 0 && S_ISREG(facts.st_mode);
  if (!regular) ::close(fd_);
  R1_CHECK_INPUT(regular, path, " is no regular file");
  size_ = facts.st_size;
}

PositionedFile::~PositionedFile() { ::close(fd_); }

void PositionedFile::read(int64_t at, int64_t count, void* out) const {
  auto* bytes = static_cast<char*>(out);
  while (count > 0) {
    const ssize_t n = ::pread(fd_, bytes, static_cast<size_t>(count), at);
    if (n < 0 && errno == EINTR) continue;
    R1_CHECK(n >= 0, "cannot read ", path_, ": ", std::strerror(errno));
    R1_CHECK_INPUT(n > 0, path_, " is truncated: ", count, " bytes are missing at ", at);
    bytes += n;
    at += n;
    count -= n;
  }
}

}  // namespace r1
