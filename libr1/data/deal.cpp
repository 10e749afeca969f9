#include "libr1/data/deal.h"

#include <algorithm>
#include <numeric>

#include "libr1/core/error.h"

namespace r1 {

std::vector<std::vector<int64_t>> split_mini_batches(std::span<const int64_t> order,
                                                     int64_t num_mini_batches) {
  R1_CHECK(num_mini_batches >= 1, "num_mini_batches is ", num_mini_batches);
  const auto count = static_cast<int64_t>(order.size());
  std::vector<std::vector<int64_t>> batches(static_cast<size_t>(num_mini_batches));
  for (int64_t b = 0; b < num_mini_batches; ++b) {
    const int64_t begin = count * b / num_mini_batches;
    const int64_t end = count * (b + 1) / num_mini_batches;
    auto& batch = batches[static_cast<size_t>(b)];
    batch.assign(order.begin() + begin, order.begin() + end);
    std::sort(batch.begin(), batch.end());
  }
  return batches;
}

std::vector<int> deal(std::span<const int64_t> lengths, int num_ranks) {
  std::vector<size_t> by_length(lengths.size());
  std::iota(by_length.begin(), by_length.end(), size_t{0});
  std::stable_sort(by_length.begin(), by_length.end(),
                   [&](size_t a, size_t b) { return lengths[a] > lengths[b]; });
  std::vector<int64_t> load(static_cast<size_t>(num_ranks), 0);
  std::vector<int> owner(lengths.size());
  for (const size_t sample : by_length) {
    const auto rank = std::min_element(load.begin(), load.end()) - load.begin();
    owner[sample] = static_cast<int>(rank);
    load[static_cast<size_t>(rank)] += lengths[sample];
  }
  return owner;
}

}  // namespace r1
