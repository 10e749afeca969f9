// The parameters of a model as one flat range with a table of names. Values, gradients and
// optimizer moments are ParamSets over the same table, so an optimizer or a collective works on
// flat ranges while the model and the files work on names.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/tensor/tensor.h"

namespace r1 {

struct ParamEntry {
  std::string name;  // the checkpoint's name, such as "model.layers.0.mlp.up_proj.weight"
  Shape shape;
  int64_t offset = 0;  // elements from the start of the flat range
  bool decay = false;  // matrices take weight decay; norms and biases do not
  // Another rank that shares the model has the same and speaks for it: in norms, in files.
  bool repeated = false;
};

// The layout alone: no memory. Entries follow each other without gaps, so entries added one after
// another (q, k and v of a layer) can be viewed as one matrix.
class ParamTable {
 public:
  // Throws when the name is taken. Returns the index of the entry.
  int add(std::string name, Shape shape, bool decay);
  void mark_repeated(int idx) { entries_[static_cast<size_t>(idx)].repeated = true; }

  const std::vector<ParamEntry>& entries() const { return entries_; }
  const ParamEntry& operator[](int idx) const { return entries_[static_cast<size_t>(idx)]; }
  int find(std::string_view name) const;         // -1 when absent
  int64_t total_size() const { return total_; }  // elements

 private:
  std::vector<ParamEntry> entries_;
  std::map<std::string, int, std::less<>> index_;
  int64_t total_ = 0;
};

// Memory for a table. The table is copied.
class ParamSet {
 public:
  ParamSet(ParamTable table, Dtype dtype, Device device = Device::kCpu);  // zeroed
  // Another name for `flat`, [total_size], which outlives this.
  ParamSet(ParamTable table, const TensorView& flat);

  const ParamTable& table() const { return table_; }
  Dtype dtype() const { return flat_.dtype; }
  TensorView flat() const { return flat_; }  // [total_size]
  TensorView operator[](int idx) const;
  // Entries [first, last] as one matrix: they share dim 1 and their rows follow each other.
  TensorView joined(int first, int last) const;

 private:
  ParamTable table_;
  Tensor memory_;  // none: another's
  TensorView flat_;
};

}  // namespace r1
