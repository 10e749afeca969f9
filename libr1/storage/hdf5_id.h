// What the other files here share of HDF5, without its header.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/core/types.h"

namespace r1 {

// Owns an HDF5 identifier; `close` is the matching H5?close.
class H5Id {
 public:
  H5Id() = default;
  H5Id(int64_t id, int (*close)(int64_t)) : id_(id), close_(close) {}
  ~H5Id();
  H5Id(H5Id&& other) noexcept;
  H5Id& operator=(H5Id&& other) noexcept;
  int64_t get() const { return id_; }
  void release() { id_ = -1; }  // never closed

 private:
  int64_t id_ = -1;
  int (*close_)(int64_t) = nullptr;
};

H5Id hdf5_file(int64_t id);
H5Id hdf5_dataset(int64_t id);
H5Id hdf5_attribute(int64_t id);
H5Id hdf5_space(int64_t id);
H5Id hdf5_type(int64_t id);
H5Id hdf5_properties(int64_t id);

H5Id simple_space(const std::vector<int64_t>& dims);
H5Id intermediate_groups();        // link property: parent groups are made on the way
H5Id without_times();              // data set property: equal contents are equal bytes
int64_t memory_type(Dtype dtype);  // bf16 is stored as uint16
// The innermost message of HDF5's error stack.
std::string hdf5_reason();

}  // namespace r1
