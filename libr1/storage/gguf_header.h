// Reads the front of a GGUF file, for GgufReader alone.
#pragma once

#include "libr1/storage/gguf.h"

namespace r1 {

class GgufHeader {
 public:
  explicit GgufHeader(GgufReader& reader) : reader_(reader), file_(reader.file_) {}
  void read();

 private:
  template <class... Parts>
  void require(bool condition, const Parts&... parts) const;
  template <class T>
  T take();
  std::string take_text(int64_t longest, const char* what);
  int64_t take_count(const char* what, int64_t bytes_each);
  bool take_bool();
  int64_t take_integer(uint32_t type);
  double take_float(uint32_t type);
  GgufValue take_value(uint32_t type);
  GgufValue take_array();
  template <class T, class Take>
  std::vector<T> take_list(int64_t count, Take take_one);
  void take_pair();
  void take_tensor();
  int64_t alignment() const;
  void place_tensors();
  void take_bytes(int64_t count, void* out);
  int64_t left() const { return file_.size() - at_; }

  GgufReader& reader_;
  const PositionedFile& file_;
  int64_t at_ = 0;  // next byte
  int64_t buffer_begin_ = 0;
  std::string buffer_;  // bytes of the file from buffer_begin_ on
};

}  // namespace r1
