// The tensors of an HDF5 file: whole, by rows over ranks, and flat ranges.
#include "libr1/storage/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/storage/tensor_source.h"

namespace r1 {

Shape H5File::shape_of(const std::string& name) const {
  const H5Id dataset = open_dataset(name);
  const H5Id space = hdf5_space(check(H5Dget_space(dataset.get()), "read the shape of " + name));
  hsize_t dims[H5S_MAX_RANK];
  const auto rank =
      check(H5Sget_simple_extent_dims(space.get(), dims, nullptr), "read the shape of " + name);
  R1_CHECK_INPUT(rank <= 4, path_, ": dataset '", name, "' has ", rank,
                 " dims, at most 4 are used");
  return Shape(std::vector<int64_t>(dims, dims + rank));
}

Dtype H5File::dtype_of(const std::string& name) const {
  const H5Id dataset = open_dataset(name);
  const H5Id type = hdf5_type(check(H5Dget_type(dataset.get()), "read the type of " + name));
  const bool is_float = H5Tget_class(type.get()) == H5T_FLOAT;
  const size_t bytes = H5Tget_size(type.get());
  if (is_float && bytes == 4) return Dtype::kF32;
  if (is_float && bytes == 8) return Dtype::kF64;
  R1_CHECK_INPUT(H5Aexists(dataset.get(), "bf16") > 0, path_, ": dataset '", name,
                 "' is not f32, f64 or bf16");
  return Dtype::kBf16;
}

H5Id H5File::create_dataset(const std::string& name, const Shape& shape, Dtype dtype) {
  const H5Id space = simple_space(shape.dims());
  const H5Id links = intermediate_groups(), layout = without_times();
  H5Id dataset = hdf5_dataset(check(H5Dcreate2(file_.get(), name.c_str(), memory_type(dtype),
                                               space.get(), links.get(), layout.get(), H5P_DEFAULT),
                                    "create dataset " + name));
  if (dtype == Dtype::kBf16) {
    const H5Id scalar = simple_space({});
    const H5Id mark = hdf5_attribute(H5Acreate2(dataset.get(), "bf16", H5T_NATIVE_INT64,
                                                scalar.get(), H5P_DEFAULT, H5P_DEFAULT));
    const int64_t one = 1;
    check(H5Awrite(mark.get(), H5T_NATIVE_INT64, &one), "mark dataset " + name);
  }
  return dataset;
}

void H5File::create_tensor(const std::string& name, const Shape& shape, Dtype dtype) {
  create_dataset(name, shape, dtype);
}

// The part of a dataset of this shape that holds the rows; nothing where there are none.
H5Id H5File::space_of_rows(const std::string& name, const Shape& shape, int64_t first,
                           const Shape& rows) const {
  R1_CHECK(is_row_range(shape, first, rows), path_, ": dataset '", name, "' is ", shape.to_string(),
           ", not ", rows.to_string(), " from row ", first, " on");
  H5Id space = simple_space(shape.dims());
  if (rows.size() == 0) {
    H5Sselect_none(space.get());
    return space;
  }
  std::vector<hsize_t> start(static_cast<size_t>(shape.rank()), 0), extent;
  for (const int64_t dim : rows.dims()) extent.push_back(static_cast<hsize_t>(dim));
  if (start.empty()) return space;
  start[0] = static_cast<hsize_t>(first);
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(),
                            nullptr),
        "select rows of " + name);
  return space;
}

void H5File::write_rows(const std::string& name, int64_t first, const TensorView& rows) {
  const H5Id dataset = open_dataset(name);
  const H5Id file_space = space_of_rows(name, shape_of(name), first, rows.shape);
  const H5Id memory_space = simple_space(rows.shape.dims());
  if (rows.size() == 0) H5Sselect_none(memory_space.get());
  check(H5Dwrite(dataset.get(), memory_type(rows.dtype), memory_space.get(), file_space.get(),
                 transfer_.get(), rows.bytes),
        "write dataset " + name + " (is the disk full?)");
}

void H5File::write_tensor(const std::string& name, const TensorView& tensor) {
  create_tensor(name, tensor.shape, tensor.dtype);
  const int64_t rows = tensor.shape[0];
  const int64_t begin = rows * rank_ / size_, count = rows * (rank_ + 1) / size_ - begin;
  write_rows(name, begin, tensor.rows(begin, count));
}

void H5File::read_tensor(const std::string& name, const TensorView& tensor) const {
  const Shape shape = shape_of(name);
  R1_CHECK_INPUT(shape == tensor.shape, path_, ": dataset '", name, "' is ", shape.to_string(),
                 ", expected ", tensor.shape.to_string());
  read_rows(name, 0, tensor);
}

void H5File::read_rows(const std::string& name, int64_t first, const TensorView& rows) const {
  const Shape shape = shape_of(name);
  R1_CHECK_INPUT(is_row_range(shape, first, rows.shape), path_, ": dataset '", name, "' is ",
                 shape.to_string(), ", expected ", rows.shape.to_string(), " from row ", first,
                 " on");
  const Dtype stored = dtype_of(name);
  const H5Id dataset = open_dataset(name);
  const H5Id file_space = space_of_rows(name, shape, first, rows.shape);
  const H5Id memory_space = simple_space(rows.shape.dims());
  const auto read = [&](Dtype dtype, void* bytes) {
    check(H5Dread(dataset.get(), memory_type(dtype), memory_space.get(), file_space.get(),
                  H5P_DEFAULT, bytes),
          "read dataset " + name);
  };
  if (stored == rows.dtype || (stored != Dtype::kBf16 && rows.dtype != Dtype::kBf16))
    return read(rows.dtype, rows.bytes);  // HDF5 converts f32 and f64
  const auto size = static_cast<size_t>(rows.size());
  if (stored == Dtype::kBf16) {
    std::vector<Bf16> values(size);
    read(Dtype::kBf16, values.data());
    for (size_t i = 0; i < size; ++i)
      if (rows.dtype == Dtype::kF32)
        rows.data<float>()[i] = to_float(values[i]);
      else
        rows.data<double>()[i] = to_float(values[i]);
    return;
  }
  std::vector<float> values(size);
  read(Dtype::kF32, values.data());
  std::transform(values.begin(), values.end(), rows.data<Bf16>(), to_bf16);
}

void H5File::write_ranges(const std::string& name, int64_t total,
                          const std::vector<FlatRange>& ranges, const TensorView& values) {
  const H5Id dataset = create_dataset(name, {total}, values.dtype);
  const H5Id file_space = simple_space({total});
  H5Sselect_none(file_space.get());
  for (const FlatRange& range : ranges) {
    const auto start = static_cast<hsize_t>(range.begin), count = static_cast<hsize_t>(range.count);
    check(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_OR, &start, nullptr, &count, nullptr),
          "select ranges of " + name);
  }
  const H5Id memory_space = simple_space({values.size()});
  check(H5Dwrite(dataset.get(), memory_type(values.dtype), memory_space.get(), file_space.get(),
                 transfer_.get(), values.bytes),
        "write dataset " + name + " (is the disk full?)");
}

void H5File::read_ranges(const std::string& name, int64_t total,
                         const std::vector<FlatRange>& ranges, const TensorView& values) const {
  const Shape shape = shape_of(name);
  R1_CHECK_INPUT(shape == (Shape{total}), path_, ": dataset '", name, "' is ", shape.to_string(),
                 ", expected [", total, "]");
  const H5Id dataset = open_dataset(name);
  const H5Id file_space = simple_space({total});
  H5Sselect_none(file_space.get());
  for (const FlatRange& range : ranges) {
    const auto start = static_cast<hsize_t>(range.begin), count = static_cast<hsize_t>(range.count);
    check(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_OR, &start, nullptr, &count, nullptr),
          "select ranges of " + name);
  }
  const H5Id memory_space = simple_space({values.size()});
  check(H5Dread(dataset.get(), memory_type(values.dtype), memory_space.get(), file_space.get(),
                H5P_DEFAULT, values.bytes),
        "read dataset " + name);
}

}  // namespace r1
