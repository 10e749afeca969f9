// One HDF5 file. Every failure is an Error that names the file, the object and HDF5's own reason.
// With a communicator of several ranks the file is opened by all of them through MPI-IO, and calls
// marked collective are made by all.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "libr1/core/communicator.h"
#include "libr1/core/crash_report.h"
#include "libr1/storage/hdf5_id.h"
#include "libr1/tensor/flat_range.h"
#include "libr1/tensor/tensor.h"

namespace r1 {

// Blocks in runs of at most `most` elements, each to be written at once; a block of more is cut
// between its rows. No blocks are one run of none.
std::vector<std::vector<Block>> runs_of_blocks(std::span<const Block> blocks, int64_t most);

enum class H5Mode { kRead, kCreate, kAppend };

class H5File {
 public:
  // Fault::kInput when a file to read is missing, truncated or not HDF5.
  H5File(const std::string& path, H5Mode mode, const Communicator& communicator = {});
  // Closes; a shared file is left open when an exception is under way, for closing is collective
  // and the other ranks may never come.
  ~H5File();
  H5File(const H5File&) = delete;
  H5File& operator=(const H5File&) = delete;

  const std::string& path() const { return path_; }
  void close();  // errors of the last writes show here; the destructor ignores them

  // Attributes of the root group. Collective when written.
  void write_text(const std::string& name, const std::string& value);
  void write_integer(const std::string& name, int64_t value);
  bool has_attribute(const std::string& name) const;
  std::string read_text(const std::string& name) const;
  int64_t read_integer(const std::string& name) const;
  std::vector<std::string> attribute_names() const;

  // A dataset and where its elements are. bf16 is stored as uint16 with an attribute "dtype".
  bool has_dataset(const std::string& name) const;
  Shape shape_of(const std::string& name) const;
  Dtype dtype_of(const std::string& name) const;   // Fault::kInput for integer datasets
  std::vector<std::string> dataset_names() const;  // full paths, sorted

  // A tensor some rows at a time. Writing is collective, but each rank writes rows of its own; one
  // that has none left passes a tensor of 0 rows. Reading: f32, bf16 and f64 convert to the
  // tensor's dtype.
  void create_tensor(const std::string& name, const Shape& shape, Dtype dtype);
  void write_rows(const std::string& name, int64_t first, const TensorView& rows);
  void read_rows(const std::string& name, int64_t first, const TensorView& rows) const;

  // Rectangles of a vector or matrix, one after another in `values`: disjoint, and in the order in
  // which their elements follow each other in the dataset. Writing is collective; a rank may have
  // none. Reading: Fault::kInput when the dataset is not of this shape; converts as read_rows.
  void write_blocks(const std::string& name, std::span<const Block> blocks,
                    const TensorView& values);
  void read_blocks(const std::string& name, const Shape& shape, std::span<const Block> blocks,
                   const TensorView& values) const;

  // Growing one-dimensional datasets, for data sets.
  enum class Column { kByte, kInt32, kInt64, kDouble };
  void create_column(const std::string& name, Column type);
  // Fault::kInput when the file, opened to read, does not hold as many bytes: so that nobody makes
  // room for what is only claimed.
  int64_t column_size(const std::string& name) const;
  // Overwrites from `begin`, growing the dataset as needed.
  void write_column(const std::string& name, Column type, int64_t begin, int64_t count,
                    const void* values);
  void read_column(const std::string& name, Column type, int64_t begin, int64_t count,
                   void* values) const;
  void flush();

 private:
  H5Id open_dataset(const std::string& name) const;
  H5Id create_dataset(const std::string& name, const Shape& shape, Dtype dtype);
  H5Id space_of_rows(const std::string& name, const Shape& shape, int64_t first,
                     const Shape& rows) const;
  H5Id space_of_blocks(const std::string& name, const Shape& shape, std::span<const Block> blocks,
                       const TensorView& values) const;
  void write_selected(const std::string& name, const H5Id& file_space, const TensorView& values);
  void read_selected(const std::string& name, const H5Id& file_space,
                     const TensorView& values) const;
  void check_stored(const std::string& name, const H5Id& dataset, int64_t size) const;
  int64_t check(int64_t result, const std::string& doing) const;

  std::string path_;
  CrashNote note_{path_};  // HDF5 1.10 does not survive every damaged file
  bool reading_ = false;
  int rank_ = 0;
  int size_ = 1;
  bool shared_ = false;
  int exceptions_at_start_ = 0;
  mutable std::set<std::string> stored_;  // datasets that check_stored has passed
  H5Id transfer_;                         // collective or independent
  H5Id file_;
};

}  // namespace r1
