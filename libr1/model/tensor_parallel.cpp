#include "libr1/model/tensor_parallel.h"

#include <cstring>

namespace r1 {
namespace {

// Where a rank's part of a parameter lies: from `begin` on along `dim`; dim -1: it is the whole.
struct ParamPart {
  int dim = -1;
  int64_t begin = 0;
};

// Of a parameter of shape `whole` the part of shape `mine`, which is `rank`'s of `size`.
ParamPart place_of(const Shape& whole, const Shape& mine, int rank, int size) {
  for (int dim = 0; dim < whole.rank(); ++dim)
    if (whole[dim] != mine[dim]) return {dim, part_of(whole[dim], rank, size).begin};
  return {};
}

// Calls piece(offset in the whole, offset in the part, elements) for each run of elements that lie
// together in both.
template <class Piece>
void for_each_piece(const TensorView& whole, const ParamPart& place, const TensorView& mine,
                    Piece piece) {
  const int64_t cols = whole.shape.rank() > 1 ? whole.shape[1] : 1;
  if (place.dim != 1) {
    R1_CHECK(place.begin + mine.shape[0] <= whole.shape[0], "rows from ", place.begin, " of ",
             mine.shape.to_string(), " are outside of ", whole.shape.to_string());
    return piece(place.begin * cols, int64_t{0}, mine.size());
  }
  R1_CHECK(mine.shape[0] == whole.shape[0] && place.begin + mine.shape[1] <= cols, "columns from ",
           place.begin, " of ", mine.shape.to_string(), " are outside of ",
           whole.shape.to_string());
  for (int64_t row = 0; row < mine.shape[0]; ++row)
    piece(row * cols + place.begin, row * mine.shape[1], mine.shape[1]);
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

ModelConfig TensorParallel::part(const ModelConfig& whole) const {
  if (is_whole()) return whole;
  ModelConfig mine = whole;
  const auto share = [&](int64_t& number, const char* name) {
    R1_CHECK_INPUT(number % size() == 0, "mesh.tp ", size(), " does not divide the model's ", name,
                   ", ", number, "; choose a tp that does");
    number /= size();
  };
  share(mine.heads, "heads");
  share(mine.kv_heads, "kv_heads");
  share(mine.intermediate, "intermediate");
  mine.vocab = vocab(whole).count;
  R1_CHECK_INPUT(mine.vocab > 0, "mesh.tp ", size(), " is more than the vocabulary, ", whole.vocab);
  return mine;
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
  for_each_piece(whole, place_of(whole.shape, mine.shape, rank(), size()), mine,
                 [&](int64_t from, int64_t to, int64_t count) {
                   copy_elements(whole, from, mine, to, count);
                 });
}

void TensorParallel::join(const TensorView& mine, const TensorView& whole, const char* what) const {
  const int dim = place_of(whole.shape, mine.shape, rank(), size()).dim;
  if (dim < 0) return copy_elements(mine, 0, whole, 0, mine.size());
  const auto bytes = static_cast<size_t>(mine.size_in_bytes());
  auto parts = group_->all_gather({static_cast<const char*>(mine.bytes), bytes}, what);
  for (int rank = 0; rank < size(); ++rank) {
    TensorView part = mine;
    std::vector<int64_t> dims = mine.shape.dims();
    dims[static_cast<size_t>(dim)] = part_of(whole.shape[dim], rank, size()).count;
    part.shape = Shape(dims);
    part.bytes = parts[static_cast<size_t>(rank)].data();
    for_each_piece(whole, place_of(whole.shape, part.shape, rank, size()), part,
                   [&](int64_t to, int64_t from, int64_t count) {
                     copy_elements(part, from, whole, to, count);
                   });
  }
}

}  // namespace r1
