// evaluation.h5: every response of an evaluation, pair after pair, in the order of question and
// sample. Columns: model, benchmark (names), id (of the question), sample, prompt (as the model saw
// it), reference, response, tokens (of the response), answer (extracted, or the whole reply),
// verdict ("correct", "wrong", "unverifiable"), reason, length (tokens), and what else is counted.
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
// The entry of a row; its question is of index `question` in the benchmark. The reward is 0.
JournalEntry read_transcript(const DatasetReader& reader, int64_t row, int64_t question);

}  // namespace r1
