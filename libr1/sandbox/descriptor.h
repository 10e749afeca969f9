// File descriptors with an owner. All are closed on exec: a child gets those that it is given.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace r1 {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
};
Pipe make_pipe();

// A file in memory that holds `bytes` and can no longer be changed, at its beginning.
Descriptor memory_file(std::string_view bytes);

// Appends what can be read now to `text`, a MiB at most. False at the end of the file. Blocks when
// `fd` does.
bool read_available(int fd, std::string& text);

}  // namespace r1
