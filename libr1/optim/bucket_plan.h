// The flat parameter range cut into buckets of equal size; rank r owns slice r of each bucket, so
// reductions can start bucket by bucket while backward still runs (ZeRO-1, Rajbhandari et al.,
// 2020). A bucket's size is a multiple of the rank count, so the cut may differ with it; the last
// bucket is padded.
#pragma once

#include <vector>

#include "libr1/tensor/flat_range.h"

namespace r1 {

class BucketPlan {
 public:
  // bucket_size: elements, rounded up to a multiple of num_ranks.
  BucketPlan(int64_t total_size, int64_t bucket_size, int num_ranks);

  int64_t num_buckets() const { return num_buckets_; }
  int64_t bucket_size() const { return bucket_size_; }              // padded
  int64_t slice_size() const { return bucket_size_ / num_ranks_; }  // padded
  FlatRange bucket(int64_t idx) const;                              // its part of the real range
  FlatRange slice(int64_t idx, int rank) const;  // the same of one rank; may be empty
  std::vector<FlatRange> owned(int rank) const;  // non-empty slices, ascending

 private:
  int64_t total_;
  int num_ranks_;
  int64_t bucket_size_;
  int64_t num_buckets_;
};

}  // namespace r1
