// evaluation.h5: every response of an evaluation, pair after pair, in the order of question and
// sample. Columns: model, benchmark (names), id (of the question), prompt (as the model saw it),
// reference, and those of an entry of the journal.
#pragma once

#include <string>
#include <vector>

#include "libr1/rollout/sample_journal.h"
#include "libr1/storage/dataset.h"

namespace r1 {

struct TranscriptOf {
  std::string model, benchmark;
  const Question* question = nullptr;
  std::string prompt;
};

std::vector<Column> transcript_columns();
void write_transcript(DatasetWriter& writer, const TranscriptOf& of, const JournalEntry& entry);

}  // namespace r1
