// The tensors of an HDF5 file: whole, by rows over ranks, and by blocks.
#include "libr1/storage/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>

#include "libr1/core/error.h"
#include "libr1/storage/tensor_source.h"

namespace r1 {
namespace {

// MPI-IO counts a write's bytes in 32 bits with a sign; HDF5 1.10 passes on what is beyond.
constexpr int64_t kLongestWrite = int64_t{1} << 30;

}  // namespace

std::vector<std::vector<Block>> runs_of_blocks(std::span<const Block> blocks, int64_t most) {
  std::vector<std::vector<Block>> runs(1);
  int64_t size = 0;  // of the last run
  for (const Block& block : blocks) {
    const int64_t at_once = std::max<int64_t>(1, most / std::max<int64_t>(1, block.columns.count));
    for (int64_t done = 0; done < block.rows.count; done += at_once) {
      const FlatRange rows{block.rows.begin + done, std::min(at_once, block.rows.count - done)};
      const Block part{rows, block.columns};
      if (size > 0 && size + part.size() > most) {
        runs.emplace_back();
        size = 0;
      }
      runs.back().push_back(part);
      size += part.size();
    }
  }
  return runs;
}

Shape H5File::shape_of(const std::string& name) const {
  const H5Id dataset = open_dataset(name);
  const H5Id space = hdf5_space(check(H5Dget_space(dataset.get()), "read the shape of " + name));
  hsize_t dims[H5S_MAX_RANK];
  const auto rank =
      check(H5Sget_simple_extent_dims(space.get(), dims, nullptr), "read the shape of " + name);
  R1_CHECK_INPUT(rank <= 4, path_, ": dataset '", name, "' has ", rank,
                 " dims, at most 4 are used");
  int64_t size = 1;
  for (int64_t i = 0; i < rank; ++i)
    R1_CHECK_INPUT(
        dims[i] <= INT64_MAX && !__builtin_mul_overflow(size, static_cast<int64_t>(dims[i]), &size),
        path_, ": dataset '", name, "' claims more elements than 64 bits count; it is damaged");
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

void H5File::write_selected(const std::string& name, const H5Id& file_space,
                            const TensorView& values) {
  const H5Id dataset = open_dataset(name);
  const H5Id memory_space = simple_space({values.size()});
  if (values.size() == 0) H5Sselect_none(memory_space.get());
  check(H5Dwrite(dataset.get(), memory_type(values.dtype), memory_space.get(), file_space.get(),
                 transfer_.get(), values.bytes),
        "write dataset " + name + " (is the disk full?)");
}

void H5File::write_rows(const std::string& name, int64_t first, const TensorView& rows) {
  const Shape shape = shape_of(name);
  const int64_t count = rows.shape.rank() == 0 ? 1 : rows.shape[0];
  const int64_t row_bytes = rows.size_in_bytes() / std::max<int64_t>(1, count);
  const int64_t at_once = std::max<int64_t>(1, kLongestWrite / std::max<int64_t>(1, row_bytes));
  int64_t done = 0;
  do {
    const TensorView part =
        count <= at_once ? rows : rows.rows(done, std::min(at_once, count - done));
    write_selected(name, space_of_rows(name, shape, first + done, part.shape), part);
    done += at_once;
  } while (done < count);
}

void H5File::read_rows(const std::string& name, int64_t first, const TensorView& rows) const {
  const Shape shape = shape_of(name);
  R1_CHECK_INPUT(is_row_range(shape, first, rows.shape), path_, ": dataset '", name, "' is ",
                 shape.to_string(), ", expected ", rows.shape.to_string(), " from row ", first,
                 " on");
  read_selected(name, space_of_rows(name, shape, first, rows.shape), rows);
}

void H5File::read_selected(const std::string& name, const H5Id& file_space,
                           const TensorView& values) const {
  const Dtype stored = dtype_of(name);
  const H5Id dataset = open_dataset(name);
  const H5Id memory_space = simple_space({values.size()});
  if (values.size() == 0) H5Sselect_none(memory_space.get());
  const auto read = [&](Dtype dtype, void* bytes) {
    check(H5Dread(dataset.get(), memory_type(dtype), memory_space.get(), file_space.get(),
                  H5P_DEFAULT, bytes),
          "read dataset " + name);
  };
  if (stored == values.dtype || (stored != Dtype::kBf16 && values.dtype != Dtype::kBf16))
    return read(values.dtype, values.bytes);  // HDF5 converts f32 and f64
  const auto size = static_cast<size_t>(values.size());
  if (stored == Dtype::kBf16) {
    std::vector<Bf16> halves(size);
    read(Dtype::kBf16, halves.data());
    for (size_t i = 0; i < size; ++i)
      if (values.dtype == Dtype::kF32)
        values.data<float>()[i] = to_float(halves[i]);
      else
        values.data<double>()[i] = to_float(halves[i]);
    return;
  }
  std::vector<float> singles(size);
  read(Dtype::kF32, singles.data());
  std::transform(singles.begin(), singles.end(), values.data<Bf16>(), to_bf16);
}

H5Id H5File::space_of_blocks(const std::string& name, const Shape& shape,
                             std::span<const Block> blocks, const TensorView& values) const {
  R1_CHECK(shape.rank() == 1 || shape.rank() == 2, path_, ": dataset '", name, "' is ",
           shape.to_string(), ", neither vector nor matrix");
  const FlatRange rows{0, shape[0]}, columns{0, shape.rank() == 2 ? shape[1] : 1};
  H5Id space = simple_space(shape.dims());
  H5Sselect_none(space.get());
  int64_t size = 0;
  for (const Block& block : blocks) {
    R1_CHECK(
        overlap(block.rows, rows) == block.rows && overlap(block.columns, columns) == block.columns,
        path_, ": dataset '", name, "' is ", shape.to_string(), "; no block of ", block.rows.count,
        " x ", block.columns.count, " is at ", block.rows.begin, ", ", block.columns.begin);
    const hsize_t start[2] = {static_cast<hsize_t>(block.rows.begin),
                              static_cast<hsize_t>(block.columns.begin)};
    const hsize_t count[2] = {static_cast<hsize_t>(block.rows.count),
                              static_cast<hsize_t>(block.columns.count)};
    check(H5Sselect_hyperslab(space.get(), H5S_SELECT_OR, start, nullptr, count, nullptr),
          "select blocks of " + name);
    size += block.size();
  }
  R1_CHECK(size == values.size(), path_, ": ", size, " elements of '", name, "' selected for ",
           values.size());
  return space;
}

void H5File::write_blocks(const std::string& name, std::span<const Block> blocks,
                          const TensorView& values) {
  const Shape shape = shape_of(name);
  const TensorView flat = values.reshaped({values.size()});
  int64_t done = 0;
  for (const auto& run : runs_of_blocks(blocks, kLongestWrite / size_bytes(values.dtype))) {
    int64_t size = 0;
    for (const Block& block : run) size += block.size();
    R1_CHECK(done + size <= values.size(), path_, ": more elements of '", name, "' selected than ",
             values.size());
    const TensorView part = flat.rows(done, size);
    write_selected(name, space_of_blocks(name, shape, run, part), part);
    done += size;
  }
  R1_CHECK(done == values.size(), path_, ": ", done, " elements of '", name, "' selected for ",
           values.size());
}

void H5File::read_blocks(const std::string& name, const Shape& shape, std::span<const Block> blocks,
                         const TensorView& values) const {
  const Shape stored = shape_of(name);
  R1_CHECK_INPUT(stored == shape, path_, ": dataset '", name, "' is ", stored.to_string(),
                 ", expected ", shape.to_string());
  read_selected(name, space_of_blocks(name, shape, blocks, values), values);
}

}  // namespace r1
