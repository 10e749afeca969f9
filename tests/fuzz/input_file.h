// Bytes as a file with a name, for readers that take a path; HDF5 opens no nameless one.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace r1::fuzz {

class InputFile {
 public:
  InputFile(const uint8_t* data, size_t size)
      : path_(std::filesystem::temp_directory_path() / "fuzz-input-XXXXXX") {
    const int file = ::mkstemp(path_.data());
    if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
    ::close(file);
  }
  ~InputFile() { ::unlink(path_.c_str()); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace r1::fuzz
