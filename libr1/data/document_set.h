// Tokenized documents to train on. A data set's columns: tokens; loss_from (integer), the index of
// the first token that is predicted; and, for people, kind (text).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libr1/storage/dataset.h"

namespace r1 {

struct Document {
  std::vector<int32_t> tokens;
  int64_t loss_from = 1;
};

class DocumentSet {
 public:
  // Reads all of it. Fault::kInput names file and row: a token outside [0, vocab), a loss_from
  // outside [1, tokens].
  DocumentSet(const std::string& path, int64_t vocab);

  int64_t size() const { return static_cast<int64_t>(documents_.size()); }
  const Document& operator[](int64_t idx) const { return documents_[static_cast<size_t>(idx)]; }
  // Hands the documents over; the set is empty then.
  std::vector<Document> take() { return std::move(documents_); }

 private:
  std::vector<Document> documents_;
};

std::vector<Column> document_columns();

}  // namespace r1
