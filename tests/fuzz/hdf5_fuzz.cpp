// Fuzz target: any bytes as an HDF5 file, read as a model and as a data set. It ends in an input
// error, or in values that can be read. What is fuzzed is our reading and HDF5's own.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "libr1/storage/dataset.h"
#include "libr1/storage/hdf5_file.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/refuse.h"

namespace {

using r1::fuzz::refuse_or;

constexpr int64_t kMost = 64;

void read_objects(const std::string& path) {
  const r1::H5File file(path, r1::H5Mode::kRead);
  for (const std::string& name : file.attribute_names()) {
    refuse_or([&] { file.read_text(name); });
    refuse_or([&] { file.read_integer(name); });
  }
  for (const std::string& name : file.dataset_names())
    refuse_or([&] {
      std::vector<int64_t> dims = file.shape_of(name).dims();
      if (dims.empty()) return;
      dims[0] = std::min(dims[0], kMost);
      if (r1::Shape(dims).size() > (1 << 20)) return;
      const r1::Tensor rows(r1::Shape(dims), r1::Dtype::kF32);
      file.read_rows(name, 0, rows.view());
    });
}

void read_table(const std::string& path) {
  const r1::DatasetReader reader(path);
  for (const r1::Column& column : reader.columns())
    for (int64_t row = 0; row < std::min(reader.rows(), kMost); ++row)
      refuse_or([&] {
        switch (column.kind) {
          case r1::ColumnKind::kText:
            reader.text(column.name, row);
            break;
          case r1::ColumnKind::kInteger:
            reader.integer(column.name, row);
            break;
          case r1::ColumnKind::kNumber:
            reader.number(column.name, row);
            break;
          case r1::ColumnKind::kTokens:
            reader.tokens(column.name, row);
            break;
        }
      });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const r1::fuzz::InputFile file(data, size);
  refuse_or([&] { read_objects(file.path()); });
  refuse_or([&] { read_table(file.path()); });
  return 0;
}
