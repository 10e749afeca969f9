#include "libr1/model/batch.h"

#include "libr1/core/error.h"

namespace r1 {

int64_t PackedBatch::add(std::span<const int32_t> tokens) {
  R1_CHECK(!tokens.empty(), "a sequence of a batch is empty");
  const int64_t first_row = rows();
  const auto padded = static_cast<int32_t>(padded_rows(static_cast<int64_t>(tokens.size())));
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  tokens_.resize(static_cast<size_t>(first_row + padded), 0);
  for (int32_t position = 0; position < padded; ++position) positions_.push_back(position);
  for (int32_t page = 0; page * ops::kPageTokens < padded; ++page)
    pages_.push_back(static_cast<int32_t>(pages_.size()));
  sequences_.push_back({first_row, padded, 0, nullptr});
  return first_row;
}

TokenBatch PackedBatch::batch() {
  const int32_t* page = pages_.data();
  for (ops::AttentionSequence& sequence : sequences_) {
    sequence.pages = page;
    page += (sequence.num_rows + ops::kPageTokens - 1) / ops::kPageTokens;
  }
  return {tokens_, positions_, sequences_};
}

}  // namespace r1
