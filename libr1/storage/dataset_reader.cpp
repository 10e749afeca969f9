#include <algorithm>
#include <sstream>

#include "libr1/core/error.h"
#include "libr1/storage/dataset.h"
#include "libr1/storage/hdf5_file.h"

namespace r1 {
namespace {

constexpr int64_t kBlockRows = 4096;

ColumnKind kind_from(const std::string& name, const std::string& path) {
  if (name == "text") return ColumnKind::kText;
  if (name == "integer") return ColumnKind::kInteger;
  if (name == "number") return ColumnKind::kNumber;
  R1_CHECK_INPUT(name == "tokens", path, ": the schema has a column of kind '", name,
                 "'; known are text, integer, number and tokens");
  return ColumnKind::kTokens;
}

}  // namespace

// Values of consecutive rows of one column.
struct DatasetReader::Block {
  int64_t first_row = -1, end_row = -1;
  int64_t first_value = 0;
  std::vector<int64_t> ends;
  std::string bytes;
  std::vector<int64_t> integers;
  std::vector<double> numbers;
  std::vector<int32_t> tokens;

  std::pair<size_t, size_t> extent(int64_t row) const {
    const auto idx = static_cast<size_t>(row - first_row);
    const int64_t begin = idx == 0 ? first_value : ends[idx - 1];
    return {static_cast<size_t>(begin - first_value), static_cast<size_t>(ends[idx] - begin)};
  }
  void load(const H5File& file, const Column& column, int64_t rows);
  void load_lists(const H5File& file, const Column& column);
};

struct DatasetReader::File {
  explicit File(const std::string& path) : h5(path, H5Mode::kRead) {}
  H5File h5;
  std::map<std::string, Block> blocks;  // of each column the one read last
};

void DatasetReader::Block::load(const H5File& file, const Column& column, int64_t rows) {
  end_row = std::min(first_row + kBlockRows, rows);
  const auto count = static_cast<size_t>(end_row - first_row);
  const std::string values = column.name + "/values";
  switch (column.kind) {
    case ColumnKind::kInteger:
      integers.resize(count);
      return file.read_column(values, H5File::Column::kInt64, first_row, end_row - first_row,
                              integers.data());
    case ColumnKind::kNumber:
      numbers.resize(count);
      return file.read_column(values, H5File::Column::kDouble, first_row, end_row - first_row,
                              numbers.data());
    case ColumnKind::kText:
    case ColumnKind::kTokens:
      return load_lists(file, column);
  }
}

void DatasetReader::Block::load_lists(const H5File& file, const Column& column) {
  const std::string ends_name = column.name + "/ends", values = column.name + "/values";
  ends.resize(static_cast<size_t>(end_row - first_row));
  file.read_column(ends_name, H5File::Column::kInt64, first_row, end_row - first_row, ends.data());
  first_value = 0;
  if (first_row > 0)
    file.read_column(ends_name, H5File::Column::kInt64, first_row - 1, 1, &first_value);
  int64_t before = first_value;
  for (size_t i = 0; i < ends.size(); ++i) {
    R1_CHECK_INPUT(ends[i] >= before, file.path(), ": column '", column.name, "', row ",
                   first_row + static_cast<int64_t>(i), " ends at ", ends[i],
                   " before it begins at ", before, "; the file is damaged");
    before = ends[i];
  }
  const int64_t count = before - first_value;
  R1_CHECK_INPUT(before <= file.column_size(values), file.path(), ": column '", column.name,
                 "' has ", file.column_size(values), " values, its rows need ", before,
                 "; the file is damaged");
  if (column.kind == ColumnKind::kText) {
    bytes.resize(static_cast<size_t>(count));
    file.read_column(values, H5File::Column::kByte, first_value, count, bytes.data());
  } else {
    tokens.resize(static_cast<size_t>(count));
    file.read_column(values, H5File::Column::kInt32, first_value, count, tokens.data());
  }
}

DatasetReader::DatasetReader(const std::string& path)
    : path_(path), file_(std::make_unique<File>(path)) {
  const H5File& h5 = file_->h5;
  R1_CHECK_INPUT(h5.has_dataset("text/schema") && h5.has_attribute("rows"), path,
                 " is HDF5 but not a data set: it has no schema");
  rows_ = h5.read_integer("rows");
  R1_CHECK_INPUT(rows_ >= 0, path, ": says it has ", rows_, " rows; the file is damaged");
  std::istringstream lines(h5.read_text("schema"));
  for (std::string name, kind; lines >> name >> kind;)
    columns_.push_back({name, kind_from(kind, path)});
}

DatasetReader::~DatasetReader() = default;

bool DatasetReader::has_column(const std::string& name) const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](const Column& column) { return column.name == name; });
}

const DatasetReader::Block& DatasetReader::block(const std::string& column, ColumnKind kind,
                                                 int64_t row) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& c) { return c.name == column; });
  R1_CHECK_INPUT(found != columns_.end(), path_, ": no column '", column, "'; it has\n",
                 schema_text(columns_));
  R1_CHECK_INPUT(found->kind == kind, path_, ": column '", column,
                 "' is of another kind; the columns are\n", schema_text(columns_));
  R1_CHECK_INPUT(row >= 0 && row < rows_, path_, ": row ", row, " of column '", column,
                 "' was asked for, there are ", rows_);
  Block& cached = file_->blocks[column];
  if (row < cached.first_row || row >= cached.end_row) {
    Block fresh;
    fresh.first_row = row / kBlockRows * kBlockRows;
    fresh.load(file_->h5, *found, rows_);
    cached = std::move(fresh);
  }
  return cached;
}

std::string DatasetReader::text(const std::string& column, int64_t row) const {
  const Block& from = block(column, ColumnKind::kText, row);
  const auto [begin, size] = from.extent(row);
  return from.bytes.substr(begin, size);
}

int64_t DatasetReader::integer(const std::string& column, int64_t row) const {
  const Block& from = block(column, ColumnKind::kInteger, row);
  return from.integers[static_cast<size_t>(row - from.first_row)];
}

double DatasetReader::number(const std::string& column, int64_t row) const {
  const Block& from = block(column, ColumnKind::kNumber, row);
  return from.numbers[static_cast<size_t>(row - from.first_row)];
}

std::vector<int32_t> DatasetReader::tokens(const std::string& column, int64_t row) const {
  const Block& from = block(column, ColumnKind::kTokens, row);
  const auto [begin, size] = from.extent(row);
  const auto at = from.tokens.begin() + static_cast<std::ptrdiff_t>(begin);
  return {at, at + static_cast<std::ptrdiff_t>(size)};
}

std::string DatasetReader::attribute(const std::string& name) const {
  if (!file_->h5.has_dataset("text/attribute/" + name)) return "";
  return file_->h5.read_text("attribute/" + name);
}

}  // namespace r1
