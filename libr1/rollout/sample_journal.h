// Generated samples on disk, so that a long collection can be stopped and gone on with. Questions
// are taken in intervals: rank 0 gathers what all have drawn of one and writes a data set of its
// own, whole or not there, readable while others are written. So a run has a file an interval,
// however many ranks it has.
#pragma once

#include <string>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/rollout/evaluate.h"
#include "libr1/rollout/question_rollout.h"
#include "libr1/storage/dataset.h"

namespace r1 {

// What is kept of a sample.
struct JournalEntry {
  GradedSample graded;          // its question: the index among those of the collection
  std::string response;         // without the end token
  std::vector<int32_t> tokens;  // with it
  std::string answer;           // what was extracted, or the whole reply
  std::string reason;           // of the verdict
  double reward = 0;
};

// An entry as columns of a data set, but for its question and its reward: "sample", "response",
// "tokens", "answer", "verdict" ("correct", "wrong", "unverifiable"), "reason", "length", ...
std::vector<Column> entry_columns();
void add_entry(DatasetWriter& writer, const JournalEntry& entry);  // the caller ends the row
JournalEntry entry_in(const DatasetReader& reader, int64_t row, int64_t question);

class SampleJournal {
 public:
  // Collective. Goes on with what `folder` holds. An interval of long responses comes to rank 0 in
  // several messages of about so many bytes from all ranks together: it need not fit in memory.
  SampleJournal(std::string folder, ProcessGroup& group, int64_t message_bytes = 256 << 20);

  int64_t intervals() const { return intervals_; }  // complete ones
  // Collective: the next interval, of which this rank has drawn `mine`. sample.question counts from
  // `first_question`.
  void append(const std::vector<AnsweredSample>& mine, int64_t first_question);
  // All entries, ascending by (question, sample) inside each interval: the same on any number of
  // ranks. Reads one interval at a time.
  void for_each(FunctionRef<void(const JournalEntry&)> body) const;
  // Removes the folder: for one rank, when what it holds has been put elsewhere.
  void remove() const;

 private:
  std::string file(int64_t interval) const;

  std::string folder_;
  ProcessGroup& group_;
  int64_t message_bytes_;
  int64_t intervals_ = 0;
};

}  // namespace r1
