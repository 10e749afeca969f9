#include "libr1/model/tensor_parallel.h"

#include <algorithm>
#include <cstring>

namespace r1 {
namespace {

int64_t columns_of(const Shape& shape) { return shape.rank() > 1 ? shape[1] : 1; }

// Elements of the part of shape `mine`, which is `rank`'s of `size`, of a parameter `whole`.
std::vector<Block> blocks_of(const Shape& whole, const Shape& mine, int rank, int size,
                             const FlatRange& elements) {
  const int64_t columns = columns_of(mine);
  int64_t first_row = 0, first_column = 0;
  if (whole[0] != mine[0])
    first_row = part_of(whole[0], rank, size).begin;
  else if (columns != columns_of(whole))
    first_column = part_of(whole[1], rank, size).begin;
  R1_CHECK(whole.rank() == mine.rank() && first_row + mine[0] <= whole[0] &&
               first_column + columns <= columns_of(whole),
           mine.to_string(), " is no part of ", whole.to_string(), " at row ", first_row,
           ", column ", first_column);
  std::vector<Block> blocks;  // at most a piece of a row, rows, a piece of a row
  for (int64_t at = elements.begin; at < elements.end(); at += blocks.back().size()) {
    const int64_t row = at / columns, column = at % columns, left = elements.end() - at;
    const bool rows = column == 0 && left >= columns;
    blocks.push_back({{first_row + row, rows ? left / columns : 1},
                      {first_column + column, rows ? columns : std::min(left, columns - column)}});
  }
  return blocks;
}

// Calls piece(offset in the whole, offset in the part, elements) for each run of elements that lie
// together in both.
template <class Piece>
void for_each_piece(const Shape& whole, const Shape& mine, int rank, int size, Piece piece) {
  const int64_t columns = columns_of(whole);
  int64_t at = 0;
  for (const Block& block : blocks_of(whole, mine, rank, size, {0, mine.size()})) {
    const bool together = block.columns.count == columns;
    const int64_t count = together ? block.size() : block.columns.count;
    for (int64_t row = 0; row < (together ? 1 : block.rows.count); ++row, at += count)
      piece((block.rows.begin + row) * columns + block.columns.begin, at, count);
  }
}

void copy_elements(const TensorView& from, int64_t from_at, const TensorView& to, int64_t to_at,
                   int64_t count) {
  const int64_t size = size_bytes(from.dtype);
  std::memcpy(static_cast<std::byte*>(to.bytes) + to_at * size,
              static_cast<const std::byte*>(from.bytes) + from_at * size,
              static_cast<size_t>(count * size));
}

}  // namespace

void TensorParallel::sum(const TensorView& data, const char* what) const {
  if (group_) group_->all_reduce_sum(data, what);
}

std::vector<std::vector<double>> TensorParallel::gather(std::span<const double> values,
                                                        const char* what) const {
  if (!group_) return {std::vector<double>(values.begin(), values.end())};
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  std::vector<std::vector<double>> all;
  for (const std::string& one : group_->all_gather(bytes, what)) {
    R1_CHECK(one.size() == bytes.size(), what, ": ranks have ", one.size(), " and ", bytes.size(),
             " bytes");
    std::memcpy(all.emplace_back(values.size()).data(), one.data(), one.size());
  }
  return all;
}

ModelConfig part_of_model(const ModelConfig& whole, int rank, int size) {
  if (size == 1) return whole;
  ModelConfig mine = whole;
  const auto share = [&](int64_t& number, const char* name) {
    R1_CHECK_INPUT(number % size == 0, "mesh.tp ", size, " does not divide the model's ", name,
                   ", ", number, "; choose a tp that does");
    number /= size;
  };
  share(mine.heads, "heads");
  share(mine.kv_heads, "kv_heads");
  share(mine.intermediate, "intermediate");
  mine.vocab = part_of(whole.vocab, rank, size).count;
  R1_CHECK_INPUT(mine.vocab > 0, "mesh.tp ", size, " is more than the vocabulary, ", whole.vocab);
  return mine;
}

ParamTable TensorParallel::table(const ModelConfig& whole) const {
  ParamTable mine = model_layout(part(whole)).table;
  if (rank() == 0) return mine;
  const ParamTable all = model_layout(whole).table;
  for (int i = 0; i < std::ssize(all.entries()); ++i)
    if (mine[i].shape == all[i].shape) mine.mark_repeated(i);
  return mine;
}

std::vector<Block> TensorParallel::blocks(const Shape& whole, const Shape& mine,
                                          const FlatRange& elements) const {
  return blocks_of(whole, mine, rank(), size(), elements);
}

OwnTokens own_tokens(std::span<const int32_t> tokens, const FlatRange& vocab, int64_t whole_vocab) {
  OwnTokens own;
  for (size_t row = 0; row < tokens.size(); ++row) {
    R1_CHECK(tokens[row] >= 0 && tokens[row] < whole_vocab, "embedding: token ", tokens[row],
             " is outside of [0, ", whole_vocab, ")");
    if (tokens[row] < vocab.begin || tokens[row] >= vocab.end()) continue;
    own.rows.push_back(static_cast<int32_t>(row));
    own.embedding_rows.push_back(static_cast<int32_t>(tokens[row] - vocab.begin));
  }
  return own;
}

void TensorParallel::take(const TensorView& whole, const TensorView& mine) const {
  for_each_piece(whole.shape, mine.shape, rank(), size(),
                 [&](int64_t from, int64_t to, int64_t count) {
                   copy_elements(whole, from, mine, to, count);
                 });
}

void TensorParallel::join(const TensorView& mine, const TensorView& whole, const char* what) const {
  if (whole.shape == mine.shape) return copy_elements(mine, 0, whole, 0, mine.size());
  const int dim = whole.shape[0] != mine.shape[0] ? 0 : 1;
  const auto bytes = static_cast<size_t>(mine.size_in_bytes());
  auto parts = group_->all_gather({static_cast<const char*>(mine.bytes), bytes}, what);
  for (int rank = 0; rank < size(); ++rank) {
    TensorView part = mine;
    std::vector<int64_t> dims = mine.shape.dims();
    dims[static_cast<size_t>(dim)] = part_of(whole.shape[dim], rank, size()).count;
    part.shape = Shape(dims);
    part.bytes = parts[static_cast<size_t>(rank)].data();
    for_each_piece(whole.shape, part.shape, rank, size(),
                   [&](int64_t to, int64_t from, int64_t count) {
                     copy_elements(part, from, whole, to, count);
                   });
  }
}

}  // namespace r1
