#include "libr1/data/example_set.h"

#include "libr1/core/error.h"

namespace r1 {

ExampleSet::ExampleSet(const std::string& path) : path_(path) {
  const DatasetReader reader(path);
  R1_CHECK_INPUT(reader.rows() > 0, path, " has no examples");
  const auto optional = [&](const char* column, int64_t row) {
    return reader.has_column(column) ? reader.text(column, row) : std::string();
  };
  for (int64_t row = 0; row < reader.rows(); ++row) {
    Example example{reader.text("question", row), reader.text("response", row),
                    optional("language", row), optional("source", row)};
    R1_CHECK_INPUT(!example.question.empty(), path, ", row ", row, ": the question is empty");
    R1_CHECK_INPUT(!example.response.empty(), path, ", row ", row, ": the response is empty");
    examples_.push_back(std::move(example));
  }
}

std::vector<Column> example_columns() {
  return {{"question", ColumnKind::kText},
          {"response", ColumnKind::kText},
          {"language", ColumnKind::kText},
          {"source", ColumnKind::kText}};
}

void write_example(DatasetWriter& writer, const Example& example) {
  writer.add_text("question", example.question);
  writer.add_text("response", example.response);
  writer.add_text("language", example.language);
  writer.add_text("source", example.source);
  writer.end_row();
}

}  // namespace r1
