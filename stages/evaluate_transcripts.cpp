#include "stages/evaluate_transcripts.h"

namespace r1 {

std::vector<Column> transcript_columns() {
  std::vector<Column> all = {{"model", ColumnKind::kText},
                             {"benchmark", ColumnKind::kText},
                             {"id", ColumnKind::kInteger},
                             {"prompt", ColumnKind::kText},
                             {"reference", ColumnKind::kText}};
  for (const Column& column : entry_columns()) all.push_back(column);
  return all;
}

void write_transcript(DatasetWriter& writer, const TranscriptOf& of, const JournalEntry& entry) {
  writer.add_text("model", of.model);
  writer.add_text("benchmark", of.benchmark);
  writer.add_integer("id", of.question->id);
  writer.add_text("prompt", of.prompt);
  writer.add_text("reference", of.question->answer);
  add_entry(writer, entry);
  writer.end_row();
}

}  // namespace r1
