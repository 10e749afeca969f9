#include "libr1/tensor/param_set.h"

#include <utility>

namespace r1 {

int ParamTable::add(std::string name, Shape shape, bool decay) {
  const auto idx = static_cast<int>(entries_.size());
  R1_CHECK(index_.emplace(name, idx).second, "parameter '", name, "' is declared twice");
  entries_.push_back({std::move(name), shape, total_, decay, false});
  total_ += shape.size();
  return idx;
}

int ParamTable::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? -1 : found->second;
}

ParamSet::ParamSet(ParamTable table, Dtype dtype, Device device)
    : table_(std::move(table)), memory_({table_.total_size()}, dtype, device), flat_(memory_) {}

ParamSet::ParamSet(ParamTable table, const TensorView& flat)
    : table_(std::move(table)), flat_(flat) {
  R1_CHECK(flat.shape == Shape{table_.total_size()}, "parameters of ", table_.total_size(),
           " elements in ", flat.shape.to_string());
}

TensorView ParamSet::operator[](int idx) const {
  const ParamEntry& entry = table_[idx];
  return flat().rows(entry.offset, entry.shape.size()).reshaped(entry.shape);
}

TensorView ParamSet::joined(int first, int last) const {
  const ParamEntry& head = table_[first];
  int64_t rows = 0;
  for (int i = first; i <= last; ++i) {
    const ParamEntry& entry = table_[i];
    R1_CHECK(entry.shape.rank() == head.shape.rank() &&
                 (entry.shape.rank() < 2 || entry.shape[1] == head.shape[1]),
             entry.name, " ", entry.shape.to_string(), " cannot be joined to ", head.name, " ",
             head.shape.to_string());
    rows += entry.shape[0];
  }
  const Shape shape = head.shape.rank() < 2 ? Shape{rows} : Shape{rows, head.shape[1]};
  return flat().rows(head.offset, shape.size()).reshaped(shape);
}

}  // namespace r1
