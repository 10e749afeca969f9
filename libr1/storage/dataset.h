// Data sets: tables in one HDF5 file. Column c of kind text or tokens is two one-dimensional
// datasets, <c>/values and <c>/ends (one past each row's last value); of kind integer or number
// one, <c>/values. The attribute "rows" counts what is committed and is written after the values;
// what lies beyond it is not there. The text "schema" has a line "name kind" a column.
// One process writes; a reader sees the rows of the last flush().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace r1 {

enum class ColumnKind { kText, kInteger, kNumber, kTokens };  // UTF-8, int64, double, int32 lists

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
};

class DatasetWriter {
 public:
  // Writes <path>.part, which close() renames; makes the folder when it is missing. With `append`
  // an existing file of the same columns is continued in place instead. Fault::kInput when its
  // columns are others, and for a path that names no file (output_path).
  DatasetWriter(const std::string& path, std::vector<Column> columns, bool append = false);
  ~DatasetWriter();  // without close(): removes the .part, or leaves the rows flushed so far

  // A fact of the whole file, such as where it comes from.
  void attribute(const std::string& name, const std::string& text);

  // One value for each column, then end_row(). Fault::kRun when a column is set twice or missing.
  void add_text(const std::string& column, std::string_view value);
  void add_integer(const std::string& column, int64_t value);
  void add_number(const std::string& column, double value);
  void add_tokens(const std::string& column, std::span<const int32_t> values);
  void end_row();

  void flush();  // also done when many rows or 256 MiB wait
  void close();

 private:
  struct Pending;
  Pending& pending(const std::string& column, ColumnKind kind);

  std::string path_, file_;
  std::vector<Column> columns_;
  std::vector<std::unique_ptr<Pending>> pending_;  // beside columns_
  std::map<std::string, std::string> attributes_;
  int64_t rows_ = 0, pending_rows_ = 0, pending_bytes_ = 0;
  bool in_place_ = false, created_ = false, closed_ = false;
};

class DatasetReader {
 public:
  // Fault::kInput when the file is missing, truncated or not a data set.
  explicit DatasetReader(const std::string& path);
  ~DatasetReader();

  const std::string& path() const { return path_; }
  int64_t rows() const { return rows_; }
  const std::vector<Column>& columns() const { return columns_; }
  bool has_column(const std::string& name) const;
  // Fault::kInput naming file, column and row when there is no such column of that kind, or row.
  // Rows are read in blocks: neighbours come cheap.
  std::string text(const std::string& column, int64_t row) const;
  int64_t integer(const std::string& column, int64_t row) const;
  double number(const std::string& column, int64_t row) const;
  std::vector<int32_t> tokens(const std::string& column, int64_t row) const;
  std::string attribute(const std::string& name) const;  // empty when absent

 private:
  struct Block;
  const Block& block(const std::string& column, ColumnKind kind, int64_t row) const;

  std::string path_;
  std::vector<Column> columns_;
  int64_t rows_ = 0;
  struct File;
  std::unique_ptr<File> file_;
};

// What a data set's text "schema" says: a line "name kind" a column.
std::string schema_text(std::span<const Column> columns);

}  // namespace r1
