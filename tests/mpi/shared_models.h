// Models that two or four ranks can share, and their parts; their 29 tokens are never shared
// equally.
#pragma once

#include <vector>

#include "libr1/model/tensor_parallel.h"
#include "libr1/tensor/transfer.h"
#include "tests/mpi/world.h"
#include "tests/unit/model/tiny_models.h"

namespace r1::testing {

inline ModelConfig shared(ModelConfig config) {
  config.heads = 8;
  config.kv_heads = 4;
  return config;
}

inline bool is_shareable() { return world().size() != 3; }

// Calls piece(offset in the whole, offset in the part, elements) for all of this rank's part.
template <class Piece>
void for_each_piece(const TensorParallel& tp, const Shape& whole, const Shape& mine, Piece piece) {
  const int64_t columns = whole.rank() > 1 ? whole[1] : 1;
  int64_t at = 0;
  for (const Block& block : tp.blocks(whole, mine, {0, mine.size()}))
    for (int64_t row = 0; row < block.rows.count; ++row, at += block.columns.count)
      piece((block.rows.begin + row) * columns + block.columns.begin, at, block.columns.count);
}

// mine = this rank's part of whole
inline void take_part(const TensorParallel& tp, const TensorView& whole, const TensorView& mine) {
  const std::vector<double> all = values_of(whole);
  std::vector<double> part(static_cast<size_t>(mine.size()));
  for_each_piece(tp, whole.shape, mine.shape, [&](int64_t from, int64_t to, int64_t count) {
    std::copy_n(all.begin() + from, count, part.begin() + to);
  });
  write_values(part, mine, {});
}

// Collective: the whole, on each rank of the group that shares it.
inline std::vector<double> join_parts(const TensorParallel& tp, ProcessGroup& group,
                                      const Shape& whole, const TensorView& mine) {
  const std::vector<double> part = values_of(mine);
  if (whole == mine.shape) return part;
  std::vector<double> all(static_cast<size_t>(whole.size()));
  for_each_piece(tp, whole, mine.shape, [&](int64_t to, int64_t from, int64_t count) {
    std::copy_n(part.begin() + from, count, all.begin() + to);
  });
  group.all_reduce_sum(all, "join the parts");
  return all;
}

}  // namespace r1::testing

#define SKIP_IF_NOT_SHAREABLE()       \
  R1_SKIP_WITHOUT_DEVICE();           \
  if (!::r1::testing::is_shareable()) \
  GTEST_SKIP() << "three ranks share no model of four key and value heads"
