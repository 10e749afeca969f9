// A GGUF file, byte by byte, right or wrong.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace r1::testing {

class GgufBytes {
 public:
  static std::string u32(uint32_t value) { return raw(value); }
  static std::string u64(uint64_t value) { return raw(value); }
  static std::string text(const std::string& value) { return u64(value.size()) + value; }

  GgufBytes& version(uint32_t value) {
    version_ = value;
    return *this;
  }
  // What the header claims, whatever follows.
  GgufBytes& counts(uint64_t tensors, uint64_t pairs) {
    claims_ = u64(tensors) + u64(pairs);
    return *this;
  }
  GgufBytes& pair(const std::string& key, uint32_t type, const std::string& value) {
    pairs_ += text(key) + u32(type) + value;
    ++num_pairs_;
    return *this;
  }
  GgufBytes& array(const std::string& key, uint32_t type, uint64_t count,
                   const std::string& elements) {
    return pair(key, 9, u32(type) + u64(count) + elements);
  }
  GgufBytes& texts(const std::string& key, const std::vector<std::string>& values) {
    std::string elements;
    for (const std::string& value : values) elements += text(value);
    return array(key, 8, values.size(), elements);
  }
  GgufBytes& tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t format,
                    uint64_t offset) {
    tensors_ += text(name) + u32(static_cast<uint32_t>(dims.size()));
    for (const uint64_t dim : dims) tensors_ += u64(dim);
    tensors_ += u32(format) + u64(offset);
    ++num_tensors_;
    return *this;
  }
  // The file, the tensors' bytes on the next multiple of 32.
  std::string done(const std::string& data) const {
    std::string bytes = "GGUF" + u32(version_) +
                        (claims_.empty() ? u64(num_tensors_) + u64(num_pairs_) : claims_) + pairs_ +
                        tensors_;
    bytes.resize((bytes.size() + 31) / 32 * 32);
    return bytes + data;
  }
  std::string done(size_t data_bytes = 0) const { return done(std::string(data_bytes, '\0')); }

 private:
  template <class T>
  static std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }
  uint32_t version_ = 3;
  uint64_t num_pairs_ = 0, num_tensors_ = 0;
  std::string claims_, pairs_, tensors_;
};

}  // namespace r1::testing
