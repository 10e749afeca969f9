#include <algorithm>
#include <filesystem>

#include "libr1/core/error.h"
#include "libr1/core/file.h"
#include "libr1/storage/dataset.h"
#include "libr1/storage/hdf5_file.h"

namespace r1 {
namespace {

// Of what waits for a flush.
constexpr int64_t kMostRows = 65536, kMostBytes = 256 << 20;

bool has_ends(ColumnKind kind) { return kind == ColumnKind::kText || kind == ColumnKind::kTokens; }

H5File::Column value_type(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kText:
      return H5File::Column::kByte;
    case ColumnKind::kInteger:
      return H5File::Column::kInt64;
    case ColumnKind::kNumber:
      return H5File::Column::kDouble;
    case ColumnKind::kTokens:
      break;
  }
  return H5File::Column::kInt32;
}

std::string_view kind_name(ColumnKind kind) {
  constexpr std::string_view kNames[] = {"text", "integer", "number", "tokens"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace

std::string schema_text(std::span<const Column> columns) {
  std::string text;
  for (const Column& column : columns)
    text += concat(column.name, " ", kind_name(column.kind), "\n");
  return text;
}

// Values of a column that are not in the file yet.
struct DatasetWriter::Pending {
  std::string bytes;
  std::vector<int64_t> integers;
  std::vector<double> numbers;
  std::vector<int32_t> tokens;
  std::vector<int64_t> ends;  // in the file's count
  int64_t written = 0;        // values in the file
  int64_t rows = 0;

  int64_t count(ColumnKind kind) const {
    const size_t sizes[] = {bytes.size(), integers.size(), numbers.size(), tokens.size()};
    return static_cast<int64_t>(sizes[static_cast<size_t>(kind)]);
  }
  const void* values(ColumnKind kind) const {
    const void* at[] = {bytes.data(), integers.data(), numbers.data(), tokens.data()};
    return at[static_cast<size_t>(kind)];
  }
};

DatasetWriter::DatasetWriter(const std::string& path, std::vector<Column> columns, bool append)
    : path_(output_path(path)), file_(path_ + ".part"), columns_(std::move(columns)) {
  for (size_t i = 0; i < columns_.size(); ++i) pending_.push_back(std::make_unique<Pending>());
  if (!append || !file_exists(path_)) {
    const auto folder = std::filesystem::path(path_).parent_path();
    if (!folder.empty()) make_directories(folder.string());
    return;
  }
  in_place_ = created_ = true;
  file_ = path_;
  const H5File file(path_, H5Mode::kRead);
  R1_CHECK_INPUT(file.has_dataset("text/schema"), path_, " is not a data set");
  R1_CHECK_INPUT(file.read_text("schema") == schema_text(columns_), path_, ": its columns are\n",
                 file.read_text("schema"), "expected\n", schema_text(columns_),
                 "write to another file");
  rows_ = file.read_integer("rows");
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!has_ends(columns_[i].kind)) {
      pending_[i]->written = rows_;
    } else if (rows_ > 0) {
      file.read_column(columns_[i].name + "/ends", H5File::Column::kInt64, rows_ - 1, 1,
                       &pending_[i]->written);
    }
  }
}

DatasetWriter::~DatasetWriter() {
  std::error_code ignored;
  if (!closed_ && !in_place_) std::filesystem::remove(file_, ignored);
}

void DatasetWriter::attribute(const std::string& name, const std::string& text) {
  attributes_[name] = text;
}

DatasetWriter::Pending& DatasetWriter::pending(const std::string& column, ColumnKind kind) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name != column) continue;
    R1_CHECK(columns_[i].kind == kind, path_, ": column '", column, "' holds ",
             kind_name(columns_[i].kind), ", not ", kind_name(kind));
    R1_CHECK(pending_[i]->rows == pending_rows_, path_, ": column '", column,
             "' is set twice in row ", rows_ + pending_rows_);
    ++pending_[i]->rows;
    return *pending_[i];
  }
  throw_error(Fault::kRun, concat(path_, ": no column '", column, "'"));
}

void DatasetWriter::add_text(const std::string& column, std::string_view value) {
  Pending& to = pending(column, ColumnKind::kText);
  to.bytes += value;
  pending_bytes_ += std::ssize(value);
  to.ends.push_back(to.written + static_cast<int64_t>(to.bytes.size()));
}

void DatasetWriter::add_integer(const std::string& column, int64_t value) {
  pending(column, ColumnKind::kInteger).integers.push_back(value);
}

void DatasetWriter::add_number(const std::string& column, double value) {
  pending(column, ColumnKind::kNumber).numbers.push_back(value);
}

void DatasetWriter::add_tokens(const std::string& column, std::span<const int32_t> values) {
  Pending& to = pending(column, ColumnKind::kTokens);
  to.tokens.insert(to.tokens.end(), values.begin(), values.end());
  pending_bytes_ += static_cast<int64_t>(values.size_bytes());
  to.ends.push_back(to.written + static_cast<int64_t>(to.tokens.size()));
}

void DatasetWriter::end_row() {
  for (size_t i = 0; i < columns_.size(); ++i)
    R1_CHECK(pending_[i]->rows == pending_rows_ + 1, path_, ": column '", columns_[i].name,
             "' is not set in row ", rows_ + pending_rows_);
  if (++pending_rows_ >= kMostRows || pending_bytes_ >= kMostBytes) flush();
}

void DatasetWriter::flush() {
  H5File file(file_, created_ ? H5Mode::kAppend : H5Mode::kCreate);
  if (!created_) {
    file.write_text("schema", schema_text(columns_));
    file.write_integer("format_version", 1);
    file.write_integer("rows", 0);
    for (const Column& column : columns_) {
      file.create_column(column.name + "/values", value_type(column.kind));
      if (has_ends(column.kind)) file.create_column(column.name + "/ends", H5File::Column::kInt64);
    }
    created_ = true;
  }
  for (const auto& [name, text] : attributes_) file.write_text("attribute/" + name, text);
  attributes_.clear();
  for (size_t i = 0; i < columns_.size(); ++i) {
    Pending& from = *pending_[i];
    const Column& column = columns_[i];
    const int64_t count = from.count(column.kind);
    file.write_column(column.name + "/values", value_type(column.kind), from.written, count,
                      from.values(column.kind));
    if (has_ends(column.kind))
      file.write_column(column.name + "/ends", H5File::Column::kInt64, rows_,
                        static_cast<int64_t>(from.ends.size()), from.ends.data());
    const int64_t written = from.written + count;
    from = {};
    from.written = written;
  }
  file.flush();
  rows_ += pending_rows_;
  pending_rows_ = pending_bytes_ = 0;
  file.write_integer("rows", rows_);
  file.close();
}

void DatasetWriter::close() {
  flush();
  sync_path(file_);
  if (!in_place_) {
    std::error_code error;
    std::filesystem::rename(file_, path_, error);
    R1_CHECK(!error, "cannot rename ", file_, " to ", path_, ": ", error.message());
  }
  closed_ = true;
}

}  // namespace r1
