#include "libr1/rollout/sample_journal.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "libr1/core/bytes.h"
#include "libr1/core/file.h"
#include "libr1/rollout/held_out.h"

namespace r1 {
namespace {

std::vector<Column> columns() {
  std::vector<Column> all = entry_columns();
  all.insert(all.begin(), {"question", ColumnKind::kInteger});
  all.push_back({"reward", ColumnKind::kNumber});
  return all;
}

Verdict verdict_from(const std::string& name) {
  for (const Verdict verdict : {Verdict::kCorrect, Verdict::kWrong})
    if (name == name_of(verdict)) return verdict;
  return Verdict::kUnverifiable;
}

JournalEntry entry_of(const AnsweredSample& a, int64_t first_question) {
  JournalEntry entry{
      grade(a), a.text, a.sample.tokens, a.reward.answer, a.reward.accuracy.reason, a.reward.total};
  entry.graded.question += first_question;
  return entry;
}

template <class Entry, class Body>
void for_each_field_of(Entry& e, Body body) {
  for_each_field(e.graded, body);
  body(e.response), body(e.tokens), body(e.answer), body(e.reason), body(e.reward);
}

int64_t bytes_of(const JournalEntry& e) {
  return std::ssize(e.response) + std::ssize(e.answer) + std::ssize(e.reason) +
         std::ssize(e.graded.vote) + std::ssize(e.tokens) * static_cast<int64_t>(sizeof(int32_t));
}

bool in_order_of_samples(const JournalEntry& a, const JournalEntry& b) {
  return in_order(a.graded, b.graded);
}

void write(DatasetWriter& writer, const JournalEntry& entry) {
  writer.add_integer("question", entry.graded.question);
  add_entry(writer, entry);
  writer.add_number("reward", entry.reward);
  writer.end_row();
}

std::string numbered(int64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%06lld", static_cast<long long>(number));
  return text;
}

}  // namespace

std::vector<Column> entry_columns() {
  return {{"sample", ColumnKind::kInteger},
          {"response", ColumnKind::kText},
          {"tokens", ColumnKind::kTokens},
          {"answer", ColumnKind::kText},
          {"verdict", ColumnKind::kText},
          {"reason", ColumnKind::kText},
          {"length", ColumnKind::kInteger},
          {"truncated", ColumnKind::kInteger},
          {"well_formed", ColumnKind::kInteger},
          {"words", ColumnKind::kInteger},
          {"target_words", ColumnKind::kInteger},
          {"reflections", ColumnKind::kInteger},
          {"vote", ColumnKind::kText}};
}

void add_entry(DatasetWriter& writer, const JournalEntry& entry) {
  const GradedSample& graded = entry.graded;
  writer.add_integer("sample", graded.sample);
  writer.add_text("response", entry.response);
  writer.add_tokens("tokens", entry.tokens);
  writer.add_text("answer", entry.answer);
  writer.add_text("verdict", name_of(graded.verdict));
  writer.add_text("reason", entry.reason);
  writer.add_integer("length", graded.length);
  writer.add_integer("truncated", graded.truncated);
  writer.add_integer("well_formed", graded.well_formed);
  writer.add_integer("words", graded.words);
  writer.add_integer("target_words", graded.target_words);
  writer.add_integer("reflections", graded.reflections);
  writer.add_text("vote", graded.vote);
}

JournalEntry entry_in(const DatasetReader& reader, int64_t row, int64_t question) {
  JournalEntry entry;
  GradedSample& graded = entry.graded;
  graded.question = question;
  graded.sample = static_cast<int32_t>(reader.integer("sample", row));
  entry.response = reader.text("response", row);
  entry.tokens = reader.tokens("tokens", row);
  entry.answer = reader.text("answer", row);
  graded.verdict = verdict_from(reader.text("verdict", row));
  entry.reason = reader.text("reason", row);
  graded.length = reader.integer("length", row);
  graded.truncated = reader.integer("truncated", row) != 0;
  graded.well_formed = reader.integer("well_formed", row) != 0;
  graded.words = reader.integer("words", row);
  graded.target_words = reader.integer("target_words", row);
  graded.reflections = reader.integer("reflections", row);
  graded.vote = reader.text("vote", row);
  return entry;
}

SampleJournal::SampleJournal(std::string folder, ProcessGroup& group, int64_t message_bytes)
    : folder_(std::move(folder)), group_(group), message_bytes_(message_bytes) {
  if (group.rank() == 0) {
    make_directories(folder_);
    while (file_exists(file(intervals_))) ++intervals_;
  }
  intervals_ = group.max(intervals_, "intervals of the journal");
}

std::string SampleJournal::file(int64_t interval) const {
  return concat(folder_, "/interval-", numbered(interval), ".h5");
}

void SampleJournal::append(const std::vector<AnsweredSample>& mine, int64_t first_question) {
  std::vector<JournalEntry> entries;
  std::vector<double> bytes = {0};
  for (const AnsweredSample& answered : mine) {
    entries.push_back(entry_of(answered, first_question));
    bytes[0] += static_cast<double>(bytes_of(entries.back()));
  }
  std::sort(entries.begin(), entries.end(), in_order_of_samples);
  group_.all_reduce_sum(bytes, "size of an interval of samples");
  const int64_t last = group_.max(entries.empty() ? first_question : entries.back().graded.question,
                                  "questions of an interval");
  const int64_t questions = last + 1 - first_question;
  const auto messages =
      std::clamp<int64_t>(std::llround(bytes[0]) / message_bytes_ + 1, 1, questions);
  std::optional<DatasetWriter> writer;
  if (group_.rank() == 0) writer.emplace(file(intervals_), columns());
  auto next = entries.begin();
  for (int64_t message = 0; message < messages; ++message) {
    const int64_t end = first_question + questions * (message + 1) / messages;
    ByteWriter out;
    for (; next != entries.end() && next->graded.question < end; ++next)
      for_each_field_of(*next, [&](const auto& field) { out.put(field); });
    std::vector<std::string> to_rank(static_cast<size_t>(group_.size()));
    to_rank[0] = out.take();
    std::vector<JournalEntry> gathered;
    for (const std::string& part : group_.exchange(to_rank, "gather an interval of samples"))
      for (ByteReader in(part); !in.done();)
        for_each_field_of(gathered.emplace_back(), [&](auto& field) { in.get(field); });
    std::sort(gathered.begin(), gathered.end(), in_order_of_samples);
    for (const JournalEntry& entry : gathered) write(*writer, entry);
  }
  if (writer) writer->close();
  group_.barrier("write an interval of samples");
  ++intervals_;
}

void SampleJournal::for_each(FunctionRef<void(const JournalEntry&)> body) const {
  for (int64_t interval = 0; interval < intervals_; ++interval) {
    const DatasetReader reader(file(interval));
    for (int64_t row = 0; row < reader.rows(); ++row) {
      JournalEntry entry = entry_in(reader, row, reader.integer("question", row));
      entry.reward = reader.number("reward", row);
      body(entry);
    }
  }
}

void SampleJournal::remove() const { std::filesystem::remove_all(folder_); }

}  // namespace r1
