// Hugging Face's safetensors: a length, a JSON header of names, dtypes, shapes and offsets, then
// the bytes. A model is one file, or several with model.safetensors.index.json.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/storage/tensor_source.h"

namespace r1 {

class SafetensorsReader : public TensorSource {
 public:
  // A .safetensors file, an index.json, or a folder that holds either. Checks the headers whole:
  // length, JSON, names, dtypes, that each tensor's bytes are those of its shape, lie in the file
  // and overlap no other's. Fault::kInput names file, tensor and reason.
  explicit SafetensorsReader(const std::string& path);

  std::vector<std::string> names() const override;
  bool has(const std::string& name) const { return tensors_.contains(name); }
  const Shape& shape(const std::string& name) const override { return find(name).shape; }
  const std::string& dtype(const std::string& name) const { return find(name).dtype; }

  // Into a tensor of the same shape. F32, F16, BF16 and F64 become its dtype, rounded to nearest;
  // read by blocks, so memory is bounded.
  void read(const std::string& name, const TensorView& into) const;
  void read_rows(const std::string& name, int64_t first, const TensorView& into) const override;

 private:
  struct Entry {
    std::string file, dtype;
    Shape shape;
    int64_t begin = 0;  // in the file
    int64_t bytes = 0;
  };
  void add_file(const std::string& file);
  void add_index(const std::string& index);
  void add_header(const std::string& file, std::string_view text, int64_t data, int64_t size);
  Entry entry_of(std::string_view description, const std::string& where) const;
  const Entry& find(const std::string& name) const;

  std::string path_;
  std::map<std::string, Entry> tensors_;
};

struct NamedTensor {
  std::string name;
  TensorView tensor;
};

// One file, written beside output_path(path), synced and renamed. Tensors are converted to `dtype`.
void write_safetensors(const std::string& path, const std::vector<NamedTensor>& tensors,
                       Dtype dtype);

struct NamedShape {
  std::string name;
  Shape shape;
};
// The same from tensors that need not be in memory: read_rows(idx, first, into) fills rows
// [first, first + into.shape[0]) of tensors[idx], in `dtype`; some MiB at a time, in order.
using ReadRows = FunctionRef<void(size_t idx, int64_t first, const TensorView& into)>;
void write_safetensors(const std::string& path, const std::vector<NamedShape>& tensors, Dtype dtype,
                       ReadRows read_rows);

}  // namespace r1
