#include "libr1/model/tensor_parallel.h"

#include <algorithm>
#include <cstring>

#include "libr1/ops/elementwise.h"

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

}  // namespace

TensorParallel TensorParallel::planned(int size) {
  TensorParallel first;
  first.size_ = size;
  return first;
}

TensorView TensorParallel::share(const TensorView& whole) const {
  const FlatRange mine = part_of(whole.shape[0], rank(), size());
  return whole.rows(mine.begin, mine.count);
}

void TensorParallel::reduce_scatter(const TensorView& parts, const TensorView& mine,
                                    const char* what) const {
  if (group_) group_->reduce_scatter_rows(parts, mine, what);
}

void TensorParallel::all_gather(const TensorView& whole, const char* what) const {
  if (group_) group_->all_gather_rows(whole, what);
}

void TensorParallel::add_in_turn(const TensorView& sum, FunctionRef<void()> add,
                                 const char* what) const {
  if (!group_) return add();
  group_->add_in_turn(sum, add, what);
}

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

void TensorParallel::join_columns(const TensorView& whole,
                                  FunctionRef<void(const TensorView& mine)> write, const char* what,
                                  Arena& arena, Stream stream) const {
  if (is_whole()) {
    if (!arena.is_measuring()) write(whole);
    return;
  }
  const int64_t rows = whole.shape[0], columns = whole.shape[1];
  const auto range_of = [&](int r) { return part_of(columns, r, size()); };
  // Places of one size for shares that may differ by a column.
  const int64_t place = rows * ((columns + size() - 1) / size());
  const TensorView places = arena.allocate({size(), place}, whole.dtype);
  if (arena.is_measuring() || rows == 0) return;
  const auto share = [&](int r) {
    TensorView view = places.rows(r, 1);
    view.shape = {rows, range_of(r).count};
    return view;
  };
  write(share(rank()));
  group_->all_gather_rows(places, what);
  for (int r = 0; r < size(); ++r) ops::place_columns(share(r), range_of(r).begin, whole, stream);
}

}  // namespace r1
