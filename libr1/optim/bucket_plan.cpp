#include "libr1/optim/bucket_plan.h"

#include <algorithm>

namespace r1 {

BucketPlan::BucketPlan(int64_t total_size, int64_t bucket_size, int num_ranks)
    : total_(total_size),
      num_ranks_(num_ranks),
      bucket_size_((std::min(bucket_size, std::max<int64_t>(total_size, 1)) + num_ranks - 1) /
                   num_ranks * num_ranks),
      num_buckets_((total_size + bucket_size_ - 1) / bucket_size_) {}

FlatRange BucketPlan::bucket(int64_t idx) const {
  const int64_t begin = idx * bucket_size_;
  return {begin, std::min(bucket_size_, total_ - begin)};
}

FlatRange BucketPlan::slice(int64_t idx, int rank) const {
  const int64_t begin = std::min(total_, idx * bucket_size_ + rank * slice_size());
  return {begin, std::min(slice_size(), total_ - begin)};
}

std::vector<FlatRange> BucketPlan::owned(int rank) const {
  std::vector<FlatRange> ranges;
  for (int64_t b = 0; b < num_buckets_; ++b)
    if (const FlatRange range = slice(b, rank); range.count > 0) ranges.push_back(range);
  return ranges;
}

}  // namespace r1
