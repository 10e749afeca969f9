#include "libr1/train/micro_batch.h"

#include <algorithm>

#include "libr1/core/error.h"

namespace r1 {

std::vector<size_t> micro_batch_ends(std::span<const TrainSequence> sequences,
                                     const MicroBatchLimits& limits) {
  std::vector<size_t> ends;
  int64_t rows = 0, pages = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const auto length = static_cast<int64_t>(sequences[i].tokens.size());
    const int64_t padded = PackedBatch::padded_rows(length, limits.row_multiple);
    R1_CHECK_INPUT(padded <= limits.rows, "a sequence of ", length,
                   " tokens does not fit a micro-batch of ", limits.rows,
                   "; raise micro_batch_tokens or shorten the responses");
    const int64_t own_pages = (padded + ops::kPageTokens - 1) / ops::kPageTokens;
    if (rows > 0 && (rows + padded > limits.rows || pages + own_pages > limits.pages())) {
      ends.push_back(i);
      rows = pages = 0;
    }
    rows += padded;
    pages += own_pages;
  }
  if (!sequences.empty()) ends.push_back(sequences.size());
  return ends;
}

MicroBatch::MicroBatch(std::span<const TrainSequence> all, size_t begin, size_t end,
                       int64_t row_multiple)
    : packed_(row_multiple) {
  for (size_t i = begin; i < end; ++i) {
    const TrainSequence& sequence = all[i];
    const auto length = static_cast<int64_t>(sequence.tokens.size());
    R1_CHECK(sequence.first_target >= 1 && sequence.first_target <= length, "first_target is ",
             sequence.first_target, " in a sequence of ", length, " tokens");
    const int64_t first_row = packed_.add(sequence.tokens);
    last_rows_.push_back(static_cast<int32_t>(first_row + length - 1));
    ranges_.push_back({i, static_cast<int64_t>(rows_.size()), sequence.num_targets()});
    for (int64_t t = sequence.first_target; t < length; ++t) {
      rows_.push_back(static_cast<int32_t>(first_row + t - 1));
      tokens_.push_back(sequence.tokens[static_cast<size_t>(t)]);
    }
    // Whole steps of targets, so that bf16 sums add the same ones in any packing. The rows from the
    // last on, and then those before the first target, predict nothing else.
    const int64_t padded = PackedBatch::padded_rows(length, row_multiple);
    const int64_t missing =
        PackedBatch::padded_rows(sequence.num_targets(), row_multiple) - sequence.num_targets();
    for (int64_t pad = 0; pad < missing; ++pad) {
      rows_.push_back(static_cast<int32_t>(first_row + (length - 1 + pad) % padded));
      tokens_.push_back(0);
    }
  }
}

ops::HeadTargets MicroBatch::targets(double inverse_temperature) const {
  return {rows_, tokens_, inverse_temperature};
}

void MicroBatch::for_each_piece(int64_t begin, int64_t count,
                                FunctionRef<void(size_t, int64_t, int64_t, int64_t)> body) const {
  const int64_t end = begin + count;
  auto range = std::upper_bound(ranges_.begin(), ranges_.end(), begin,
                                [](int64_t at, const Range& r) { return at < r.begin; });
  if (range != ranges_.begin()) --range;
  for (; range != ranges_.end() && range->begin < end; ++range) {
    const int64_t from = std::max(begin, range->begin);
    const int64_t to = std::min(end, range->begin + range->count);
    if (from < to) body(range->sequence, from - range->begin, from, to - from);
  }
}

}  // namespace r1
