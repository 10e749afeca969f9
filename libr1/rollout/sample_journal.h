// Generated samples on disk, so that a long collection can be stopped and gone on with. Questions
// are taken in intervals; each rank writes what it drew of an interval to a part of its own,
// without asking anybody, and the interval counts once all have. A part is a data set of its own,
// whole or not there, readable while others are written.
#pragma once

#include <string>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/rollout/evaluate.h"
#include "libr1/rollout/question_rollout.h"

namespace r1 {

// What is kept of a sample.
struct JournalEntry {
  int64_t question = 0;  // its index among those of the collection
  int32_t sample = 0;
  std::string response;         // without the end token
  std::vector<int32_t> tokens;  // with it
  Verdict verdict = Verdict::kUnverifiable;
  std::string reason;
  GradedSample graded;
  double reward = 0;
};

class SampleJournal {
 public:
  // Collective. Goes on with what `folder` holds.
  SampleJournal(std::string folder, ProcessGroup& group);

  int64_t intervals() const { return intervals_; }  // complete ones
  // Collective: the next interval, of this rank's samples. sample.question counts from
  // `first_question`.
  void append(const std::vector<AnsweredSample>& mine, int64_t first_question);
  // All entries of complete intervals, ascending by (question, sample) inside each: the same on any
  // number of ranks. Reads one interval at a time.
  void for_each(FunctionRef<void(const JournalEntry&)> body) const;
  // Removes the folder: for one rank, when what it holds has been put elsewhere.
  void remove() const;

 private:
  std::string part(int64_t interval, int rank) const;
  std::string marker(int64_t interval) const;  // holds the number of parts

  std::string folder_;
  ProcessGroup& group_;
  int64_t intervals_ = 0;
};

}  // namespace r1
