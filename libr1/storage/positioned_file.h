// A file that is read at given places; nothing is read that was not asked for.
#pragma once

#include <cstdint>
#include <string>

namespace r1 {

class PositionedFile {
 public:
  // Fault::kInput when it is missing, may not be read, or is no regular file.
  explicit PositionedFile(const std::string& path);
  ~PositionedFile();
  PositionedFile(const PositionedFile&) = delete;
  PositionedFile& operator=(const PositionedFile&) = delete;

  const std::string& path() const { return path_; }
  int64_t size() const { return size_; }  // bytes, when it was opened

  // Bytes [at, at + count). Fault::kInput naming the place where the file ends before.
  void read(int64_t at, int64_t count, void* out) const;

 private:
  std::string path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

}  // namespace r1
