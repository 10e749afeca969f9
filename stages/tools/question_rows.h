// Rows of known data sets as questions.
#pragma once

#include <string>

#include "libr1/data/jsonl.h"

namespace r1 {

struct QuestionRow {
  std::string question, reference;
};

// How a row holds its question.
enum class RowForm {
  kPlain,      // two fields
  kChoice,     // question, choices (or options), answer (or label): a letter or an index; maybe a
               // passage
  kMbpp,       // text, test_setup_code, test_list
  kHumanEval,  // prompt, test, entry_point
  kStdin       // statement, tests [{input, output}], float_tolerance
};

// kPlain takes the named fields; the others have names of their own. References of code are the
// JSON that the verifier "code" reads: language, kind, tests, prefix, setup, entry_point,
// float_tolerance. Fault::kInput naming file, line and field.
QuestionRow question_row(RowForm form, const JsonRow& row, const std::string& question,
                         const std::string& answer);

}  // namespace r1
