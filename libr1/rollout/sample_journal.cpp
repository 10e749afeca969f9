#include "libr1/rollout/sample_journal.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "libr1/core/file.h"
#include "libr1/rollout/held_out.h"
#include "libr1/storage/dataset.h"

namespace r1 {
namespace {

std::vector<Column> columns() {
  return {{"question", ColumnKind::kInteger},     {"sample", ColumnKind::kInteger},
          {"response", ColumnKind::kText},        {"tokens", ColumnKind::kTokens},
          {"verdict", ColumnKind::kInteger},      {"reason", ColumnKind::kText},
          {"answer", ColumnKind::kText},          {"well_formed", ColumnKind::kInteger},
          {"truncated", ColumnKind::kInteger},    {"words", ColumnKind::kInteger},
          {"target_words", ColumnKind::kInteger}, {"reflections", ColumnKind::kInteger},
          {"reward", ColumnKind::kNumber}};
}

void write_entry(DatasetWriter& writer, const AnsweredSample& a, int64_t first_question) {
  const GradedSample graded = grade(a);
  writer.add_integer("question", first_question + graded.question);
  writer.add_integer("sample", graded.sample);
  writer.add_text("response", a.text);
  writer.add_tokens("tokens", a.sample.tokens);
  writer.add_integer("verdict", static_cast<int64_t>(a.reward.accuracy.verdict));
  writer.add_text("reason", a.reward.accuracy.reason);
  writer.add_text("answer", graded.answer);
  writer.add_integer("well_formed", graded.well_formed);
  writer.add_integer("truncated", graded.truncated);
  writer.add_integer("words", graded.words);
  writer.add_integer("target_words", graded.target_words);
  writer.add_integer("reflections", graded.reflections);
  writer.add_number("reward", a.reward.total);
  writer.end_row();
}

JournalEntry read_entry(const DatasetReader& reader, int64_t row) {
  JournalEntry entry;
  entry.question = reader.integer("question", row);
  entry.sample = static_cast<int32_t>(reader.integer("sample", row));
  entry.response = reader.text("response", row);
  entry.tokens = reader.tokens("tokens", row);
  entry.verdict = static_cast<Verdict>(reader.integer("verdict", row));
  entry.reason = reader.text("reason", row);
  entry.reward = reader.number("reward", row);
  GradedSample& g = entry.graded;
  g.question = entry.question;
  g.sample = entry.sample;
  g.correct = entry.verdict == Verdict::kCorrect;
  g.well_formed = reader.integer("well_formed", row) != 0;
  g.truncated = reader.integer("truncated", row) != 0;
  g.length = static_cast<int64_t>(entry.tokens.size());
  g.words = reader.integer("words", row);
  g.target_words = reader.integer("target_words", row);
  g.reflections = reader.integer("reflections", row);
  g.answer = reader.text("answer", row);
  return entry;
}

std::string numbered(int64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%06lld", static_cast<long long>(number));
  return text;
}

}  // namespace

SampleJournal::SampleJournal(std::string folder, ProcessGroup& group)
    : folder_(std::move(folder)), group_(group) {
  if (group.rank() == 0) {
    make_directories(folder_);
    while (file_exists(marker(intervals_))) ++intervals_;
  }
  intervals_ = group.max(intervals_, "intervals of the journal");
}

std::string SampleJournal::part(int64_t interval, int rank) const {
  return concat(folder_, "/interval-", numbered(interval), "-rank-", rank, ".h5");
}

std::string SampleJournal::marker(int64_t interval) const {
  return concat(folder_, "/interval-", numbered(interval), ".complete");
}

void SampleJournal::append(const std::vector<AnsweredSample>& mine, int64_t first_question) {
  DatasetWriter writer(part(intervals_, group_.rank()), columns());
  for (const AnsweredSample& answered : mine) write_entry(writer, answered, first_question);
  writer.close();
  group_.barrier("write an interval of samples");
  if (group_.rank() == 0) write_file(marker(intervals_), std::to_string(group_.size()));
  ++intervals_;
}

void SampleJournal::for_each(FunctionRef<void(const JournalEntry&)> body) const {
  for (int64_t interval = 0; interval < intervals_; ++interval) {
    std::vector<JournalEntry> entries;
    const int parts = std::stoi(read_file(marker(interval)));
    for (int rank = 0; rank < parts; ++rank) {
      const DatasetReader reader(part(interval, rank));
      for (int64_t row = 0; row < reader.rows(); ++row) entries.push_back(read_entry(reader, row));
    }
    std::sort(entries.begin(), entries.end(), [](const JournalEntry& a, const JournalEntry& b) {
      return std::pair(a.question, a.sample) < std::pair(b.question, b.sample);
    });
    for (const JournalEntry& entry : entries) body(entry);
  }
}

void SampleJournal::remove() const { std::filesystem::remove_all(folder_); }

}  // namespace r1
