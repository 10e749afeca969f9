// Replies that were judged: what reward models learn from.
//   pairs     columns question, chosen, rejected (texts): the better and the worse reply
//   labelled  columns question, response (texts), safe (integer, 1 or 0)
#pragma once

#include <string>
#include <vector>

#include "libr1/storage/dataset.h"

namespace r1 {

struct JudgedPair {
  std::string question, chosen, rejected;
};
struct LabelledReply {
  std::string question, response;
  bool safe = false;
};

// Fault::kInput names file and row: no rows, an empty text, a label that is neither 0 nor 1.
std::vector<JudgedPair> read_pairs(const std::string& path);
std::vector<LabelledReply> read_labelled(const std::string& path);

std::vector<Column> pair_columns();
std::vector<Column> labelled_columns();
void write_pair(DatasetWriter& writer, const JudgedPair& pair);
void write_labelled(DatasetWriter& writer, const LabelledReply& reply);

}  // namespace r1
