#include "libr1/optim/sharded_adamw.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/elementwise.h"
#include "libr1/ops/adamw.h"
#include "libr1/ops/dispatch.h"
#include "libr1/tensor/transfer.h"

namespace r1 {
namespace {

// Reductions under way at a time. Each holds a bucket: without a bound all gradients would be there
// twice.
constexpr int64_t kMostInFlight = 8;

int64_t total_count(const std::vector<FlatRange>& ranges) {
  int64_t total = 0;
  for (const FlatRange& range : ranges) total += range.count;
  return total;
}

std::vector<FlatRange> not_repeated(const ParamTable& table) {
  std::vector<FlatRange> ranges;
  for (const ParamEntry& entry : table.entries()) {
    if (entry.repeated) continue;
    if (ranges.empty() || ranges.back().end() != entry.offset) ranges.push_back({entry.offset, 0});
    ranges.back().count += entry.shape.size();
  }
  return ranges;
}

}  // namespace

ShardedAdamW::ShardedAdamW(const OptimizerConfig& config, const ParamSet& master,
                           ProcessGroup& group, Stream stream, ProcessGroup* tp)
    : config_(config),
      master_(master),
      group_(group),
      stream_(stream),
      tp_(tp),
      rounding_(0, "rounding of the master copy"),  // noise: no run needs another
      counted_(not_repeated(master.table())),
      plan_(master.table().total_size(), config.bucket_elements, group.size()),
      m_({total_count(plan_.owned(group.rank()))}, ops::accumulator_dtype(master.dtype()),
         master.flat().device),
      v_(m_.view().shape, m_.view().dtype, master.flat().device),
      mine_({is_alone() ? 0 : plan_.num_buckets(), plan_.slice_size()}, m_.view().dtype,
            master.flat().device),
      padded_(static_cast<size_t>(plan_.num_buckets())),
      squares_({plan_.num_buckets() + std::ssize(counted_)}, Dtype::kF64, master.flat().device),
      blocks_({kernels::num_square_blocks(plan_.slice_size())}, Dtype::kF64, master.flat().device),
      started_(static_cast<size_t>(plan_.num_buckets())),
      pending_(static_cast<size_t>(plan_.num_buckets())) {
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    missing_.push_back(plan_.bucket(b).count);
    if (!is_alone() && plan_.bucket(b).count < plan_.bucket_size())
      padded_[static_cast<size_t>(b)] =
          Tensor({plan_.bucket_size()}, m_.view().dtype, master.flat().device);
  }
}

ShardedAdamW::~ShardedAdamW() = default;

ShardedAdamW::Memory ShardedAdamW::memory(const OptimizerConfig& config, int64_t num_parameters,
                                          int rank, int num_ranks, Dtype dtype) {
  const BucketPlan plan(num_parameters, config.bucket_elements, num_ranks);
  const int64_t padded = plan.num_buckets() * plan.bucket_size();
  Memory memory;
  memory.moments = 2 * total_count(plan.owned(rank)) * size_bytes(dtype);
  if (num_ranks == 1) return memory;
  memory.reduced = plan.num_buckets() * plan.slice_size() * size_bytes(dtype);
  if (padded > num_parameters) memory.reduced += plan.bucket_size() * size_bytes(dtype);
  memory.in_flight =
      std::min(plan.num_buckets(), kMostInFlight) * plan.bucket_size() * size_bytes(dtype);
  return memory;
}

void ShardedAdamW::start_bucket(const ParamSet& grads, int64_t idx) {
  if (std::ssize(in_flight_) == kMostInFlight) finish_oldest();
  started_[static_cast<size_t>(idx)] = true;
  if (is_alone()) return;
  const FlatRange range = plan_.bucket(idx);
  TensorView bucket = grads.flat().rows(range.begin, range.count);
  if (range.count < plan_.bucket_size()) {
    const TensorView& padded = padded_[static_cast<size_t>(idx)].view();
    copy(bucket, padded.rows(0, range.count), stream_);
    bucket = padded;
  }
  pending_[static_cast<size_t>(idx)] = group_.start_reduce_scatter(
      bucket, mine_.view().rows(idx, 1).reshaped({plan_.slice_size()}), "sum of gradients");
  in_flight_.push_back(idx);
}

TensorView ShardedAdamW::reduced(const ParamSet& grads, const FlatRange& slice) const {
  if (is_alone()) return grads.flat().rows(slice.begin, slice.count);
  return mine_.view()
      .rows(slice.begin / plan_.bucket_size(), 1)
      .reshaped({plan_.slice_size()})
      .rows(0, slice.count);
}

void ShardedAdamW::finish_oldest() {
  std::exchange(pending_[static_cast<size_t>(in_flight_.front())], nullptr)->wait();
  in_flight_.pop_front();
}

void ShardedAdamW::gradients_ready(const ParamSet& grads, int64_t begin, int64_t count) {
  for (int64_t b = begin / plan_.bucket_size(); b < plan_.num_buckets(); ++b) {
    const int64_t reported = overlap(plan_.bucket(b), {begin, count}).count;
    if (reported == 0) break;
    int64_t& missing = missing_[static_cast<size_t>(b)];
    R1_CHECK(missing >= reported, "gradients of bucket ", b, " were reported twice");
    missing -= reported;
    if (missing == 0) start_bucket(grads, b);
  }
}

// Over all ranks, added bucket by bucket and rank by rank: fixed for a layout of ranks.
double ShardedAdamW::squared_norm(const ParamSet& grads) const {
  std::vector<size_t> bucket_of;  // a piece, in the order of `squares_`
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const FlatRange slice = plan_.slice(b, group_.rank());
    for (const FlatRange& range : counted_) {
      const FlatRange part = overlap(slice, range);
      if (part.count == 0) continue;
      ops::sum_of_squares(reduced(grads, slice).rows(part.begin - slice.begin, part.count), blocks_,
                          squares_.view().rows(std::ssize(bucket_of), 1), stream_);
      bucket_of.push_back(static_cast<size_t>(b));
    }
  }
  std::vector<double> squares(bucket_of.size()), sums(static_cast<size_t>(plan_.num_buckets()));
  read_values(squares_, squares, stream_);
  for (size_t i = 0; i < squares.size(); ++i) sums[bucket_of[i]] += squares[i];
  group_.all_reduce_sum(sums, "norm of the gradients");
  double total = 0;
  for (const double sum : sums) total += sum;
  return tp_ ? tp_->sum(total, "norm of the gradients") : total;
}

ShardedAdamW::Result ShardedAdamW::step(const ParamSet& grads) {
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const auto at = static_cast<size_t>(b);
    if (!started_[at]) start_bucket(grads, b);
    started_[at] = false;
    missing_[at] = plan_.bucket(b).count;
  }
  while (!in_flight_.empty()) finish_oldest();
  Result result;
  result.grad_norm = std::sqrt(squared_norm(grads));
  result.lr = learning_rate(config_.schedule, steps_ + 1);
  result.finite = std::isfinite(result.grad_norm);
  if (!result.finite) return result;
  ++steps_;
  const bool clip = config_.clip_norm > 0 && result.grad_norm > config_.clip_norm;
  const double scale = clip ? config_.clip_norm / result.grad_norm : 1;
  update(grads, result.lr, scale);
  return result;
}

// What is updated is on its way to the others while the next bucket is updated.
void ShardedAdamW::update(const ParamSet& grads, double lr, double grad_scale) {
  int64_t at = 0;  // in m and v
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const FlatRange slice = plan_.slice(b, group_.rank());
    if (slice.count > 0) update_slice(reduced(grads, slice), slice, at, lr, grad_scale);
    at += slice.count;
    if (!is_alone()) start_gather(b);
  }
  if (is_alone()) return;
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    std::exchange(pending_[static_cast<size_t>(b)], nullptr)->wait();
    const FlatRange range = plan_.bucket(b);
    if (range.count < plan_.bucket_size())
      copy(padded_master(b).rows(0, range.count), master_.flat().rows(range.begin, range.count),
           stream_);
  }
}

// Piece by piece, since only matrices decay.
void ShardedAdamW::update_slice(const TensorView& grad, const FlatRange& slice, int64_t at,
                                double lr, double grad_scale) {
  const auto& entries = master_.table().entries();
  auto entry = std::upper_bound(entries.begin(), entries.end(), slice.begin,
                                [](int64_t x, const ParamEntry& e) { return x < e.offset; });
  --entry;
  for (int64_t begin = slice.begin; begin < slice.end(); ++entry) {
    const int64_t end = std::min(slice.end(), entry->offset + entry->shape.size());
    if (end <= begin) continue;
    const int64_t from = begin - slice.begin, count = end - begin;
    ops::adamw_update(
        {steps_, lr, config_.beta1, config_.beta2, config_.eps,
         entry->decay ? config_.weight_decay : 0.0, grad_scale},
        {rounding_.key(), static_cast<uint32_t>(entry - entries.begin()), begin - entry->offset},
        grad.rows(from, count), m_.view().rows(at + from, count), v_.view().rows(at + from, count),
        master_.flat().rows(begin, count), stream_);
    begin = end;
  }
}

// Room for a bucket of the master: that of its gradients, which are used by then.
TensorView ShardedAdamW::padded_master(int64_t bucket) const {
  TensorView padded = padded_[static_cast<size_t>(bucket)].view();
  padded.dtype = master_.dtype();
  return padded;
}

void ShardedAdamW::start_gather(int64_t bucket) {
  const FlatRange range = plan_.bucket(bucket), slice = plan_.slice(bucket, group_.rank());
  TensorView whole = master_.flat().rows(range.begin, range.count);
  TensorView mine = master_.flat().rows(slice.begin, slice.count);
  if (range.count < plan_.bucket_size()) {
    whole = padded_master(bucket);
    const TensorView place = whole.rows(group_.rank() * plan_.slice_size(), plan_.slice_size());
    copy(mine, place.rows(0, slice.count), stream_);
    mine = place;
  }
  pending_[static_cast<size_t>(bucket)] =
      group_.start_all_gather(mine, whole, "gathering parameters");
}

}  // namespace r1
