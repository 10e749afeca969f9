#include "libr1/data/judged_set.h"

#include "libr1/core/error.h"

namespace r1 {
namespace {

std::string filled_text(const DatasetReader& reader, const char* column, int64_t row) {
  std::string text = reader.text(column, row);
  R1_CHECK_INPUT(!text.empty(), reader.path(), ", row ", row, ": ", column, " is empty");
  return text;
}

}  // namespace

std::vector<JudgedPair> read_pairs(const std::string& path) {
  const DatasetReader reader(path);
  R1_CHECK_INPUT(reader.rows() > 0, path, " has no pairs");
  std::vector<JudgedPair> pairs;
  for (int64_t row = 0; row < reader.rows(); ++row)
    pairs.push_back({filled_text(reader, "question", row), filled_text(reader, "chosen", row),
                     filled_text(reader, "rejected", row)});
  return pairs;
}

std::vector<LabelledReply> read_labelled(const std::string& path) {
  const DatasetReader reader(path);
  R1_CHECK_INPUT(reader.rows() > 0, path, " has no labelled replies");
  std::vector<LabelledReply> replies;
  for (int64_t row = 0; row < reader.rows(); ++row) {
    const int64_t safe = reader.integer("safe", row);
    R1_CHECK_INPUT(safe == 0 || safe == 1, path, ", row ", row, ": safe is ", safe,
                   ", expected 1 or 0");
    replies.push_back(
        {filled_text(reader, "question", row), filled_text(reader, "response", row), safe == 1});
  }
  return replies;
}

std::vector<Column> pair_columns() {
  return {{"question", ColumnKind::kText},
          {"chosen", ColumnKind::kText},
          {"rejected", ColumnKind::kText}};
}

std::vector<Column> labelled_columns() {
  return {{"question", ColumnKind::kText},
          {"response", ColumnKind::kText},
          {"safe", ColumnKind::kInteger}};
}

void write_pair(DatasetWriter& writer, const JudgedPair& pair) {
  writer.add_text("question", pair.question);
  writer.add_text("chosen", pair.chosen);
  writer.add_text("rejected", pair.rejected);
  writer.end_row();
}

void write_labelled(DatasetWriter& writer, const LabelledReply& reply) {
  writer.add_text("question", reply.question);
  writer.add_text("response", reply.response);
  writer.add_integer("safe", reply.safe);
  writer.end_row();
}

}  // namespace r1
