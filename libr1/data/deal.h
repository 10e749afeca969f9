// Which rank trains on which sample: a function of the lengths alone, the same on every rank.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace r1 {

// Splits samples 0 .. count-1 at random into `num_mini_batches` of nearly equal size, ascending
// inside each (paper: 8,192 outputs into 16 mini-batches). `order` is a permutation of 0 ..
// count-1.
std::vector<std::vector<int64_t>> split_mini_batches(std::span<const int64_t> order,
                                                     int64_t num_mini_batches);

// Owner of each sample: the longest first, each to the rank with the fewest tokens so far (the
// lowest such rank). Attention's cost is left out: it is small next to the products until a
// response is longer than about 12 times the hidden width.
std::vector<int> deal(std::span<const int64_t> lengths, int num_ranks);

}  // namespace r1
