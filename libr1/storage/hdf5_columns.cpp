// The growing columns of an HDF5 file.
#include "libr1/storage/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <filesystem>

#include "libr1/core/error.h"

namespace r1 {
namespace {

hid_t column_type(H5File::Column type) {
  switch (type) {
    case H5File::Column::kByte:
      return H5T_NATIVE_UINT8;
    case H5File::Column::kInt32:
      return H5T_NATIVE_INT32;
    case H5File::Column::kInt64:
      return H5T_NATIVE_INT64;
    case H5File::Column::kDouble:
      break;
  }
  return H5T_NATIVE_DOUBLE;
}

}  // namespace

void H5File::create_column(const std::string& name, Column type) {
  const hsize_t zero = 0, unlimited = H5S_UNLIMITED;
  const H5Id space = hdf5_space(H5Screate_simple(1, &zero, &unlimited));
  const H5Id links = intermediate_groups();
  const H5Id layout = without_times();
  const hsize_t chunk = 16384;
  check(H5Pset_chunk(layout.get(), 1, &chunk), "lay out column " + name);
  const H5Id dataset =
      hdf5_dataset(check(H5Dcreate2(file_.get(), name.c_str(), column_type(type), space.get(),
                                    links.get(), layout.get(), H5P_DEFAULT),
                         "create column " + name));
}

int64_t H5File::column_size(const std::string& name) const {
  const Shape shape = shape_of(name);
  R1_CHECK_INPUT(shape.rank() == 1, path_, ": column '", name, "' is ", shape.to_string(),
                 ", expected one dim");
  if (reading_) check_stored(name, open_dataset(name), shape[0]);
  return shape[0];
}

// A chunk that was never written takes no place in a file, so its size is a claim like any other.
// Compressed chunks, which others may have written, are at most so much larger than in the file.
void H5File::check_stored(const std::string& name, const H5Id& dataset, int64_t size) const {
  constexpr hsize_t kDeflateLimit = 1032;
  if (stored_.contains(name)) return;  // counting chunks takes time
  const H5Id layout =
      hdf5_properties(check(H5Dget_create_plist(dataset.get()), "read the layout of " + name));
  const H5Id type = hdf5_type(check(H5Dget_type(dataset.get()), "read the type of " + name));
  const hsize_t stored =
      std::min<hsize_t>(H5Dget_storage_size(dataset.get()), std::filesystem::file_size(path_));
  const hsize_t most = stored * (H5Pget_nfilters(layout.get()) > 0 ? kDeflateLimit : 1);
  R1_CHECK_INPUT(static_cast<hsize_t>(size) <= most / std::max<size_t>(1, H5Tget_size(type.get())),
                 path_, ": dataset '", name, "' claims ", size, " values of ",
                 H5Tget_size(type.get()), " bytes, but only ", stored,
                 " bytes of it are stored; the file is damaged");
  stored_.insert(name);
}

void H5File::write_column(const std::string& name, Column type, int64_t begin, int64_t count,
                          const void* values) {
  if (count == 0) return;
  const H5Id dataset = open_dataset(name);
  const auto start = static_cast<hsize_t>(begin), extent = static_cast<hsize_t>(count);
  const hsize_t size = std::max(static_cast<hsize_t>(column_size(name)), start + extent);
  check(H5Dset_extent(dataset.get(), &size), "grow column " + name);
  const H5Id file_space = hdf5_space(check(H5Dget_space(dataset.get()), "grow column " + name));
  check(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &start, nullptr, &extent, nullptr),
        "select rows of column " + name);
  const H5Id memory_space = simple_space({count});
  check(H5Dwrite(dataset.get(), column_type(type), memory_space.get(), file_space.get(),
                 H5P_DEFAULT, values),
        "write column " + name + " (is the disk full?)");
}

void H5File::read_column(const std::string& name, Column type, int64_t begin, int64_t count,
                         void* values) const {
  const int64_t size = column_size(name);
  R1_CHECK_INPUT(begin >= 0 && count >= 0 && begin + count <= size, path_, ": column '", name,
                 "' has ", size, " values, asked for [", begin, ", ", begin + count,
                 "); the file is damaged");
  if (count == 0) return;
  const H5Id dataset = open_dataset(name);
  const H5Id file_space = hdf5_space(check(H5Dget_space(dataset.get()), "read column " + name));
  const auto start = static_cast<hsize_t>(begin), extent = static_cast<hsize_t>(count);
  check(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &start, nullptr, &extent, nullptr),
        "select rows of column " + name);
  const H5Id memory_space = simple_space({count});
  check(H5Dread(dataset.get(), column_type(type), memory_space.get(), file_space.get(), H5P_DEFAULT,
                values),
        "read column " + name);
}

}  // namespace r1
