#include "stages/evaluate_transcripts.h"

namespace r1 {
namespace {

Verdict verdict_from(const std::string& name) {
  for (const Verdict verdict : {Verdict::kCorrect, Verdict::kWrong})
    if (name == name_of(verdict)) return verdict;
  return Verdict::kUnverifiable;
}

}  // namespace

std::vector<Column> transcript_columns() {
  return {{"model", ColumnKind::kText},         {"benchmark", ColumnKind::kText},
          {"id", ColumnKind::kInteger},         {"sample", ColumnKind::kInteger},
          {"prompt", ColumnKind::kText},        {"reference", ColumnKind::kText},
          {"response", ColumnKind::kText},      {"tokens", ColumnKind::kTokens},
          {"answer", ColumnKind::kText},        {"verdict", ColumnKind::kText},
          {"reason", ColumnKind::kText},        {"length", ColumnKind::kInteger},
          {"truncated", ColumnKind::kInteger},  {"well_formed", ColumnKind::kInteger},
          {"words", ColumnKind::kInteger},      {"target_words", ColumnKind::kInteger},
          {"reflections", ColumnKind::kInteger}};
}

void write_transcript(DatasetWriter& writer, const TranscriptOf& of, const JournalEntry& entry) {
  const GradedSample& graded = entry.graded;
  writer.add_text("model", of.model);
  writer.add_text("benchmark", of.benchmark);
  writer.add_integer("id", of.question->id);
  writer.add_integer("sample", entry.sample);
  writer.add_text("prompt", of.prompt);
  writer.add_text("reference", of.question->answer);
  writer.add_text("response", entry.response);
  writer.add_tokens("tokens", entry.tokens);
  writer.add_text("answer", graded.answer);
  writer.add_text("verdict", name_of(entry.verdict));
  writer.add_text("reason", entry.reason);
  writer.add_integer("length", graded.length);
  writer.add_integer("truncated", graded.truncated);
  writer.add_integer("well_formed", graded.well_formed);
  writer.add_integer("words", graded.words);
  writer.add_integer("target_words", graded.target_words);
  writer.add_integer("reflections", graded.reflections);
  writer.end_row();
}

JournalEntry read_transcript(const DatasetReader& reader, int64_t row, int64_t question) {
  JournalEntry entry;
  entry.question = question;
  entry.sample = static_cast<int32_t>(reader.integer("sample", row));
  entry.response = reader.text("response", row);
  entry.tokens = reader.tokens("tokens", row);
  entry.verdict = verdict_from(reader.text("verdict", row));
  entry.reason = reader.text("reason", row);
  GradedSample& graded = entry.graded;
  graded.question = question;
  graded.sample = entry.sample;
  graded.correct = entry.verdict == Verdict::kCorrect;
  graded.well_formed = reader.integer("well_formed", row) != 0;
  graded.truncated = reader.integer("truncated", row) != 0;
  graded.length = reader.integer("length", row);
  graded.words = reader.integer("words", row);
  graded.target_words = reader.integer("target_words", row);
  graded.reflections = reader.integer("reflections", row);
  graded.answer = reader.text("answer", row);
  return entry;
}

}  // namespace r1
