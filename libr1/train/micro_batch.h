// Consecutive sequences packed into one forward and backward pass.
#pragma once

#include <span>
#include <vector>

#include "libr1/model/batch.h"
#include "libr1/ops/head.h"
#include "libr1/train/sequence.h"

namespace r1 {

struct MicroBatchLimits {
  int64_t rows = 2048;  // at least the longest sequence, padded
  int64_t row_multiple = 2;

  // Cache pages that such a batch may take: short sequences fill their pages badly.
  int64_t pages() const { return rows / 8 + 1; }
};

// Cuts the sequences, in order, into runs that fit. Returns the end index of each run. Throws
// Fault::kInput for a sequence that is longer than a micro-batch.
std::vector<size_t> micro_batch_ends(std::span<const TrainSequence> sequences,
                                     const MicroBatchLimits& limits);

class MicroBatch {
 public:
  // Sequences [begin, end) of `all`, which must outlive this. Rows and targets of each sequence are
  // padded to a multiple of row_multiple.
  MicroBatch(std::span<const TrainSequence> all, size_t begin, size_t end,
             int64_t row_multiple = 2);

  TokenBatch batch() { return packed_.batch(); }
  ops::HeadTargets targets(double inverse_temperature) const;
  std::span<const int32_t> last_rows() const { return last_rows_; }  // of each sequence

  // Calls body(sequence, first, begin, count) for the pieces of targets [begin, begin + count) of
  // this batch that belong to one sequence; `first` counts from the sequence's first target.
  // Padding targets are left out.
  void for_each_piece(int64_t begin, int64_t count,
                      FunctionRef<void(size_t, int64_t, int64_t, int64_t)> body) const;

 private:
  struct Range {
    size_t sequence;
    int64_t begin;  // in this batch's targets
    int64_t count;
  };
  PackedBatch packed_;
  std::vector<Range> ranges_;
  std::vector<int32_t> rows_, tokens_, last_rows_;
};

}  // namespace r1
