// Values as bytes, for messages from rank to rank of one job: as they lie in memory.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libr1/core/error.h"

namespace r1 {

class ByteWriter {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<int64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  void put(const std::string& text) {
    put(static_cast<int64_t>(text.size()));
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// In the order in which they were put. Fault::kRun when fewer bytes are left.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }

  template <class T>
  void get(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(&value, take(sizeof value), sizeof value);
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.resize(size());
    if (!values.empty())
      std::memcpy(values.data(), take(values.size() * sizeof(T)), values.size() * sizeof(T));
  }
  void get(std::string& text) {
    const size_t length = size();
    text.assign(take(length), length);
  }

 private:
  size_t size() {
    int64_t count = 0;
    get(count);
    return static_cast<size_t>(count);
  }
  const char* take(size_t size) {
    R1_CHECK(size <= bytes_.size(), "a message between ranks is cut short: ", bytes_.size(),
             " bytes left, ", size, " expected");
    const char* at = bytes_.data();
    bytes_.remove_prefix(size);
    return at;
  }
  std::string_view bytes_;
};

}  // namespace r1
