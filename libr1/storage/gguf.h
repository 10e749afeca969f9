// GGUF, llama.cpp's file of a model (versions 2 and 3, little-endian): a magic number, key-value
// pairs with types, a table of tensors, then their bytes. Defined in ggml's docs/gguf.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libr1/storage/gguf_blocks.h"
#include "libr1/storage/positioned_file.h"
#include "libr1/storage/tensor_source.h"

namespace r1 {

// All integers as int64 (one above its range is refused), all floats as double.
using GgufValue = std::variant<bool, int64_t, double, std::string, std::vector<bool>,
                               std::vector<int64_t>, std::vector<double>, std::vector<std::string>>;

class GgufReader : public TensorSource {
 public:
  // Reads and checks all but the tensors' bytes: every length against what is left of the file
  // before memory is taken, names that stand twice, formats, alignment, and that tensors lie in the
  // file and do not overlap. Fault::kInput names file, byte and reason.
  explicit GgufReader(const std::string& path);

  const std::string& path() const { return file_.path(); }

  bool has(const std::string& key) const { return values_.contains(key); }
  // Fault::kInput naming file and key when it is missing or of another type. A number takes an
  // integer as well.
  std::string text(const std::string& key) const;
  int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  bool flag(const std::string& key) const;
  const std::vector<std::string>& texts(const std::string& key) const;
  const std::vector<int64_t>& integers(const std::string& key) const;
  // Nothing when the key is missing.
  std::optional<int64_t> find_integer(const std::string& key) const;

  std::vector<std::string> names() const override;
  bool has_tensor(const std::string& name) const { return tensors_.contains(name); }
  // Row-major, as everywhere here: the file lists dims the other way round.
  const Shape& shape(const std::string& name) const override { return find(name).shape; }
  void read_rows(const std::string& name, int64_t first, const TensorView& into) const override;

 private:
  friend class GgufHeader;
  struct Entry {
    const GgufFormat* format = nullptr;
    Shape shape;
    int64_t begin = 0;  // in the file
    int64_t bytes = 0;
  };
  const Entry& find(const std::string& name) const;
  template <class T>
  const T& value(const std::string& key, const char* expected) const;

  PositionedFile file_;
  std::map<std::string, GgufValue> values_;
  std::map<std::string, Entry> tensors_;
};

}  // namespace r1
