#include "libr1/sandbox/descriptor.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "libr1/core/error.h"

namespace r1 {

void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Pipe make_pipe() {
  int fds[2];
  R1_CHECK(::pipe2(fds, O_CLOEXEC) == 0, "no pipe to a sandbox: ", std::strerror(errno));
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

Descriptor memory_file(std::string_view bytes) {
  Descriptor file(::memfd_create("r1-sandbox", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  R1_CHECK(file.is_open(), "no file in memory for a sandbox: ", std::strerror(errno));
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(file.get(), bytes.data() + done, bytes.size() - done);
    R1_CHECK(count > 0 || errno == EINTR, "a file in memory for a sandbox: ", std::strerror(errno));
    if (count > 0) done += static_cast<size_t>(count);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  R1_CHECK(::fcntl(file.get(), F_ADD_SEALS,
                   F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0,
           "cannot seal a file in memory: ", std::strerror(errno));
  return file;
}

bool read_available(int fd, std::string& text) {
  char buffer[65536];
  for (int i = 0; i < 16; ++i) {  // what a pipe holds at most; a writer may be faster than we are
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count == 0) return false;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    text.append(buffer, static_cast<size_t>(count));
  }
  return true;
}

}  // namespace r1
