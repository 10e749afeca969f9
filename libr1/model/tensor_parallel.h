// Tensor parallelism (Shoeybi et al., 2019): the ranks of a group hold parts of one model and work
// on the same tokens. A rank has some of the heads with their rows of q, k, v and columns of the
// output matrix, some of the SwiGLU block's width, and some of the vocabulary's rows of embedding
// and head. What is between those, the residual stream and its norms, is shared by rows (sequence
// parallelism, Korthikanti et al., 2022): twice a layer the parts of a product are summed, each
// rank getting its rows of the sum, and twice the normed rows of all are gathered. Sums are in rank
// order: the same layout gives the same bits.
#pragma once

#include <span>
#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/model/layout.h"
#include "libr1/parallel/process_group.h"
#include "libr1/tensor/arena.h"
#include "libr1/tensor/flat_range.h"

namespace r1 {

// The numbers of the part that rank `rank` of `size` has.
// Fault::kInput when heads, kv_heads or the SwiGLU block's width cannot be shared equally.
ModelConfig part_of_model(const ModelConfig& whole, int rank, int size);

class TensorParallel {
 public:
  TensorParallel() = default;  // the whole model on this rank
  // `group` outlives this.
  explicit TensorParallel(ProcessGroup& group)
      : group_(group.size() > 1 ? &group : nullptr), rank_(group.rank()), size_(group.size()) {}
  // The first of `size` ranks that never talk: for plans of memory.
  static TensorParallel planned(int size);

  bool is_whole() const { return size_ == 1; }
  int rank() const { return rank_; }
  int size() const { return size_; }

  // This rank's rows of the residual stream; their number on any rank is at most share_rows.
  TensorView share(const TensorView& whole) const;
  int64_t share_rows(int64_t rows) const { return (rows + size_ - 1) / size_; }

  // Between the ranks; nothing where the model is whole. On a GPU in the order of its work.
  // mine = this rank's rows of the sum of `parts`; it may be share(parts)
  void reduce_scatter(const TensorView& parts, const TensorView& mine, const char* what) const;
  // The other ranks' rows come to this rank's, share(whole).
  void all_gather(const TensorView& whole, const char* what) const;
  // See ProcessGroup. Gradients of norms: the bits of all rows on one rank.
  void add_in_turn(const TensorView& sum, FunctionRef<void()> add, const char* what) const;
  void sum(const TensorView& data, const char* what) const;
  // Every rank's values, in rank order.
  std::vector<std::vector<double>> gather(std::span<const double> values, const char* what) const;

  // The tokens whose rows of embedding and head are here.
  FlatRange vocab(const ModelConfig& whole) const { return part_of(whole.vocab, rank(), size()); }
  ModelConfig part(const ModelConfig& whole) const { return part_of_model(whole, rank(), size()); }

  // The parameters of this rank's part; those that every rank has are repeated but on rank 0.
  ParamTable table(const ModelConfig& whole) const;
  // Where elements of this rank's part of a parameter are in the whole, in their order.
  std::vector<Block> blocks(const Shape& whole, const Shape& mine, const FlatRange& elements) const;

  // Collective: whole [rows, columns] = the ranks' shares of the columns side by side, on each.
  // `write` is given the place of this rank's, [rows, its columns], and fills it. f32
  void join_columns(const TensorView& whole, FunctionRef<void(const TensorView& mine)> write,
                    const char* what, Arena& arena, Stream stream) const;

 private:
  ProcessGroup* group_ = nullptr;  // none: whole, or planned
  int rank_ = 0, size_ = 1;
};

}  // namespace r1
