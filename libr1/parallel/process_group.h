// A group of ranks and what they do together. Every wait polls with back-off and gives up after
// the group's deadline with an Error that names rank, node and operation, so a dead or stopped
// peer ends the job instead of hanging it. Sums are added in rank order: equal bits on every run.
// The group of one rank does the trivial copy, so no caller asks for the size.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libr1/core/communicator.h"
#include "libr1/core/function_ref.h"
#include "libr1/tensor/flat_range.h"
#include "libr1/tensor/tensor.h"

namespace r1 {

// A collective under way. Buffers stay untouched until wait() returns.
class Work {
 public:
  virtual ~Work() = default;
  virtual void wait() = 0;
};

// Hands out each integer from 0 once, to whichever rank asks first.
class SharedCounter {
 public:
  virtual ~SharedCounter() = default;
  virtual int64_t next() = 0;
  virtual void reset() = 0;  // collective
};

class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int local_size() const = 0;  // ranks of this group on this node
  virtual int local_rank() const = 0;  // this one's place among them

  // `what` names the operation in errors. All of these are collective.
  virtual void barrier(const char* what) = 0;
  // Every rank's bytes, in rank order.
  virtual std::vector<std::string> all_gather(std::string_view mine, const char* what) = 0;
  // to_rank[r] goes to rank r; returns what came from each.
  virtual std::vector<std::string> exchange(const std::vector<std::string>& to_rank,
                                            const char* what) = 0;

  // bucket [size * n] is cut into `size` slices; `mine` [n] becomes the sum of the slices of this
  // rank's index. f32 or f64.
  virtual std::unique_ptr<Work> start_reduce_scatter(const TensorView& bucket,
                                                     const TensorView& mine, const char* what) = 0;
  // bucket [size * n] becomes every rank's `mine` [n], in rank order. `mine` may lie in its place.
  virtual std::unique_ptr<Work> start_all_gather(const TensorView& mine, const TensorView& bucket,
                                                 const char* what) = 0;

  virtual std::unique_ptr<SharedCounter> make_counter() = 0;
  // Collective: the ranks that name the same color become a group, in the order they have here.
  virtual std::unique_ptr<ProcessGroup> split(int color) = 0;
  virtual Communicator communicator() = 0;

  // The next four: tensors of the host are complete at the return; those of a GPU come in the order
  // of the stream that the group was made for, and the host does not wait. The rows of `data`,
  // [rows, ...], are cut into a part for each rank (part_of). bf16 is added in f32, rounded once.

  // mine = the sum of this rank's part over the ranks; it may lie in its place.
  virtual void reduce_scatter_rows(const TensorView& data, const TensorView& mine,
                                   const char* what) = 0;
  // Every rank's part comes to all of them; this rank's is in its place.
  virtual void all_gather_rows(const TensorView& data, const char* what) = 0;
  // `data`, equal on all ranks, becomes what it is after every rank has added to it by `add`, one
  // after another in their order: the bits of one rank that adds everything.
  virtual void add_in_turn(const TensorView& data, FunctionRef<void()> add, const char* what) = 0;
  // data = its sum over the ranks, on each.
  void all_reduce_sum(const TensorView& data, const char* what);

  // Built on the above: in rank order too.
  void all_reduce_sum(std::vector<double>& values, const char* what);
  double sum(double value, const char* what);
  int64_t sum(int64_t value, const char* what);
  double max(double value, const char* what);
  int64_t max(int64_t value, const char* what);
  std::string broadcast(std::string bytes, int root, const char* what);

 protected:
  // Rank r's part of the rows, in elements.
  FlatRange elements_of(const TensorView& data, int r) const;
  // mine: of reduce_scatter_rows
  void check_part(const TensorView& data, const TensorView& mine, const char* what) const;
};

// One rank, without MPI.
std::unique_ptr<ProcessGroup> self_group();

}  // namespace r1
