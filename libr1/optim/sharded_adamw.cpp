#include "libr1/optim/sharded_adamw.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "kernels/adamw.h"
#include "kernels/elementwise.h"

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

ShardedAdamW::ShardedAdamW(const OptimizerConfig& config, const ParamTable& table,
                           ProcessGroup& group, Dtype dtype, ProcessGroup* tp)
    : config_(config),
      table_(table),
      group_(group),
      tp_(tp),
      counted_(not_repeated(table)),
      plan_(table.total_size(), config.bucket_elements, group.size()),
      m_({total_count(plan_.owned(group.rank()))}, dtype),
      v_(m_.view().shape, dtype),
      mine_({plan_.num_buckets(), plan_.slice_size()}, dtype),
      padded_(static_cast<size_t>(plan_.num_buckets())),
      started_(static_cast<size_t>(plan_.num_buckets())),
      pending_(static_cast<size_t>(plan_.num_buckets())) {
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    missing_.push_back(plan_.bucket(b).count);
    if (plan_.bucket(b).count < plan_.bucket_size())
      padded_[static_cast<size_t>(b)] = Tensor({plan_.bucket_size()}, dtype);
  }
}

ShardedAdamW::~ShardedAdamW() = default;

ShardedAdamW::Memory ShardedAdamW::memory(const OptimizerConfig& config, int64_t num_parameters,
                                          int rank, int num_ranks, Dtype dtype) {
  const BucketPlan plan(num_parameters, config.bucket_elements, num_ranks);
  const int64_t padded = plan.num_buckets() * plan.bucket_size();
  Memory memory;
  memory.moments = 2 * total_count(plan.owned(rank)) * size_bytes(dtype);
  memory.reduced = plan.num_buckets() * plan.slice_size() * size_bytes(dtype);
  if (padded > num_parameters) memory.reduced += plan.bucket_size() * size_bytes(dtype);
  memory.in_flight =
      std::min(plan.num_buckets(), kMostInFlight) * plan.bucket_size() * size_bytes(dtype);
  return memory;
}

void ShardedAdamW::start_bucket(const ParamSet& grads, int64_t idx) {
  if (std::ssize(in_flight_) == kMostInFlight) finish_oldest();
  const FlatRange range = plan_.bucket(idx);
  TensorView bucket = grads.flat().rows(range.begin, range.count);
  if (range.count < plan_.bucket_size()) {
    const TensorView& padded = padded_[static_cast<size_t>(idx)].view();
    std::memcpy(padded.bytes, bucket.bytes, static_cast<size_t>(bucket.size_in_bytes()));
    bucket = padded;
  }
  pending_[static_cast<size_t>(idx)] = group_.start_reduce_scatter(
      bucket, mine_.view().rows(idx, 1).reshaped({plan_.slice_size()}), "sum of gradients");
  started_[static_cast<size_t>(idx)] = true;
  in_flight_.push_back(idx);
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
template <class A>
double ShardedAdamW::squared_norm() const {
  std::vector<double> sums(static_cast<size_t>(plan_.num_buckets()));
  std::vector<double> blocks(static_cast<size_t>(kernels::num_square_blocks(plan_.slice_size())));
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const FlatRange slice = plan_.slice(b, group_.rank());
    const A* grads = mine_.view().data<A>() + b * plan_.slice_size();
    for (const FlatRange& range : counted_) {
      const FlatRange part = overlap(slice, range);
      if (part.count == 0) continue;
      double sum = 0;
      kernels::sum_of_squares<Device::kCpu, A>(part.count, grads + (part.begin - slice.begin),
                                               blocks.data(), &sum, {});
      sums[static_cast<size_t>(b)] += sum;
    }
  }
  group_.all_reduce_sum(sums, "norm of the gradients");
  double total = 0;
  for (const double sum : sums) total += sum;
  return tp_ ? tp_->sum(total, "norm of the gradients") : total;
}

ShardedAdamW::Result ShardedAdamW::step(const ParamSet& grads, const ParamSet& master) {
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const auto at = static_cast<size_t>(b);
    if (!started_[at]) start_bucket(grads, b);
    started_[at] = false;
    missing_[at] = plan_.bucket(b).count;
  }
  while (!in_flight_.empty()) finish_oldest();
  const bool wide = mine_.view().dtype == Dtype::kF64;
  Result result;
  result.grad_norm = std::sqrt(wide ? squared_norm<double>() : squared_norm<float>());
  result.lr = learning_rate(config_.schedule, steps_ + 1);
  result.finite = std::isfinite(result.grad_norm);
  if (!result.finite) return result;
  ++steps_;
  const bool clip = config_.clip_norm > 0 && result.grad_norm > config_.clip_norm;
  const double scale = clip ? config_.clip_norm / result.grad_norm : 1;
  wide ? update<double>(result.lr, scale, master) : update<float>(result.lr, scale, master);
  gather(master);
  return result;
}

template <class A>
void ShardedAdamW::update(double lr, double grad_scale, const ParamSet& master) {
  int64_t at = 0;  // in m and v
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const FlatRange slice = plan_.slice(b, group_.rank());
    if (slice.count > 0) update_slice<A>(slice, at, lr, grad_scale, master);
    at += slice.count;
  }
}

// Piece by piece, since only matrices decay.
template <class A>
void ShardedAdamW::update_slice(const FlatRange& slice, int64_t at, double lr, double grad_scale,
                                const ParamSet& master) {
  const int64_t bucket = slice.begin / plan_.bucket_size();
  const A* grad = mine_.view().data<A>() + bucket * plan_.slice_size();
  const auto& entries = table_.entries();
  auto entry = std::upper_bound(entries.begin(), entries.end(), slice.begin,
                                [](int64_t x, const ParamEntry& e) { return x < e.offset; });
  --entry;
  for (int64_t begin = slice.begin; begin < slice.end(); ++entry) {
    const int64_t end = std::min(slice.end(), entry->offset + entry->shape.size());
    if (end <= begin) continue;
    const int64_t from = begin - slice.begin;
    kernels::adamw_update<Device::kCpu, A>(
        {steps_, lr, config_.beta1, config_.beta2, config_.eps,
         entry->decay ? config_.weight_decay : 0.0, grad_scale},
        end - begin, grad + from, m_.view().data<A>() + at + from, v_.view().data<A>() + at + from,
        master.flat().data<A>() + begin, {});
    begin = end;
  }
}

void ShardedAdamW::gather(const ParamSet& master) {
  for (int64_t b = 0; b < plan_.num_buckets(); ++b) {
    const FlatRange range = plan_.bucket(b);
    const FlatRange slice = plan_.slice(b, group_.rank());
    const TensorView whole = master.flat().rows(range.begin, range.count);
    if (range.count == plan_.bucket_size()) {
      pending_[static_cast<size_t>(b)] = group_.start_all_gather(
          master.flat().rows(slice.begin, slice.count), whole, "gathering parameters");
      continue;
    }
    const TensorView& padded = padded_[static_cast<size_t>(b)].view();
    const TensorView mine = padded.rows(group_.rank() * plan_.slice_size(), plan_.slice_size());
    std::memcpy(mine.bytes, master.flat().rows(slice.begin, slice.count).bytes,
                static_cast<size_t>(slice.count * size_bytes(padded.dtype)));
    group_.start_all_gather(mine, padded, "gathering parameters")->wait();
    std::memcpy(whole.bytes, padded.bytes, static_cast<size_t>(whole.size_in_bytes()));
  }
  for (auto& work : pending_)
    if (work) std::exchange(work, nullptr)->wait();
}

}  // namespace r1
