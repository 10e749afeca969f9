// Questions with references from JSONL.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace r1 {

// Which fields of a JSONL row are what. What is empty is the preset's, or else the usual.
struct QuestionImport {
  std::string rows, out;         // JSONL file, plain or .gz; HDF5 file to write
  std::string dataset;           // a preset's name; empty: rows with a question and an answer
  std::string question, answer;  // fields: "question", "answer"
  std::string extraction;  // how the reference stands in the answer field: "none", or reward.h's
  std::string verifier;    // "number"
  std::string rating;      // field of the difficulty, a number; empty: none
  std::string language, source, licence;
  int64_t limit = 0;  // rows; 0: all
};

// Columns of question_set.h, and "rating" if asked for, which r1-evaluate rates models by; the
// attributes source and licence. Fault::kInput names file and line of a row whose reference the
// verifier cannot read. Rows whose answer or rating is null are left out, and counted on standard
// error.
void import_questions(const QuestionImport& settings);

std::vector<std::string> question_presets();

}  // namespace r1
