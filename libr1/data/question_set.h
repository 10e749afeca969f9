// Questions with verifiable answers, in memory. A data set's columns: id (integer), question,
// answer, verifier (a name of reward.h), language ("en", "zh" or empty), source (texts).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libr1/reward/reward.h"
#include "libr1/storage/dataset.h"

namespace r1 {

struct Question {
  int64_t id = 0;
  std::string question, answer;
  Verifier verifier = Verifier::kNumber;
  std::string language, source;
};

class QuestionSet {
 public:
  // Fault::kInput names file and row: no rows, an empty question, an answer that the verifier
  // cannot read, an unknown verifier.
  explicit QuestionSet(const std::string& path);

  int64_t size() const { return static_cast<int64_t>(questions_.size()); }
  const Question& operator[](int64_t idx) const { return questions_[static_cast<size_t>(idx)]; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::vector<Question> questions_;
};

std::vector<Column> question_columns();
// Adds one row to a data set with these columns.
void write_question(DatasetWriter& writer, const Question& question);

}  // namespace r1
