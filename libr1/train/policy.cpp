#include "libr1/train/policy.h"

#include <algorithm>

#include "libr1/core/gpu.h"
#include "libr1/core/log.h"
#include "libr1/ops/dispatch.h"
#include "libr1/ops/elementwise.h"
#include "libr1/ops/score.h"
#include "libr1/tensor/transfer.h"

namespace r1 {

namespace {

// `weights` outlive it.
ops::HeadPart head_part(const ModelWeights& weights) {
  const TensorParallel& tp = weights.tp();
  if (tp.is_whole()) return {};
  return {weights.vocab().begin, weights.whole_vocab(),
          [&tp](auto values) { return tp.gather(values, "join log-probabilities"); }};
}

Stream with_products(Stream stream, const kernels::ProductLibrary* products) {
  stream.products = products;
  return stream;
}

}  // namespace

std::string beyond_context(const ModelConfig& config, const ComputeSettings& settings) {
  if (settings.max_positions <= config.max_positions) return {};
  return concat("compute.max_positions is ", settings.max_positions, ", the model was made for ",
                config.max_positions, " positions; it answers badly beyond them");
}

Policy::Policy(const ModelConfig& config, const ComputeSettings& settings, Stream stream,
               TensorParallel tp)
    : config_(config),
      settings_(checked(settings)),
      products_(ops::product_library(settings.products)),
      stream_(with_products(stream, products_.get())),
      master_(tp.table(config), settings.master_dtype(), settings.master_device()),
      weights_(config, settings.dtype, settings.device, tp, &master_),
      model_(weights_, longest_rows(settings), stream_) {
  page_lock(master_);
  if (const std::string text = beyond_context(config, settings); !text.empty()) log_warning(text);
}

void Policy::page_lock(const ParamSet& params) {
  if (!settings_.is_offloaded()) return;
  const TensorView all = params.flat();
  page_locks_.push_back(std::make_unique<gpu::PageLock>(all.bytes, all.size_in_bytes()));
}

void Policy::refresh() { weights_.refresh(master_, stream_); }

void Policy::take_parameters(Policy& other) {
  ops::convert(other.master_.flat(), master_.flat(), stream_);
  refresh();
}

void Policy::prepare_scratch(Pass pass) {
  if (!pages_)
    pages_ = std::make_unique<KvPages>(model_.config(), 1, max_pages(settings_), settings_.dtype,
                                       settings_.device);
  if (arena_fits_ >= pass) return;
  arena_.reset();  // before its successor, so that both never exist
  arena_ = std::make_unique<Arena>(arena_bytes(config_, tp(), settings_, pass), settings_.device);
  arena_fits_ = pass;
}

std::vector<std::vector<double>> Policy::logprobs(std::span<const TrainSequence> sequences,
                                                  double inverse_temperature) {
  prepare_scratch(Pass::kScoring);
  std::vector<std::vector<double>> result;
  for (const TrainSequence& sequence : sequences)
    result.emplace_back(static_cast<size_t>(sequence.num_targets()));
  size_t begin = 0;
  for (const size_t end : micro_batch_ends(sequences, limits(settings_))) {
    const ArenaScope scope(*arena_);
    MicroBatch micro(sequences, begin, end, rows_of_a_step(settings_.device));
    const BatchOnDevice batch(micro.batch(), settings_.device, stream_);
    const Activations all = model_.forward_train(batch.batch(), *pages_, true, *arena_);
    const ops::HeadTargets targets = this->targets(micro, inverse_temperature);
    std::vector<double> logprob(targets.rows.size()), entropy(logprob);
    ops::head_logprobs(all.hidden, weights_.head(), targets, logprob, entropy, *arena_, stream_);
    micro.for_each_piece(0, static_cast<int64_t>(logprob.size()),
                         [&](size_t sequence, int64_t first, int64_t at, int64_t count) {
                           std::copy_n(logprob.begin() + at, count,
                                       result[sequence].begin() + first);
                         });
    begin = end;
  }
  return result;
}

ops::HeadTargets Policy::targets(const MicroBatch& micro, double inverse_temperature) const {
  ops::HeadTargets targets = micro.targets(inverse_temperature);
  targets.part = head_part(weights_);
  return targets;
}

void Policy::zero_grads() {
  if (grads_) fill_zero(grads_->flat(), stream_);
  if (gpu_grads_) fill_zero(gpu_grads_->flat(), stream_);
}

void Policy::accumulate_through(std::span<const TrainSequence> sequences, HeadBackward head,
                                RangeReady ready) {
  prepare_scratch(Pass::kTraining);
  if (!grads_) {
    const Dtype dtype = ops::accumulator_dtype(settings_.dtype);
    grads_ = std::make_unique<ParamSet>(master_.table(), dtype, settings_.master_device());
    page_lock(*grads_);
    if (settings_.is_offloaded())
      gpu_grads_ = std::make_unique<ParamSet>(master_.table(), dtype, settings_.device);
    if (config().tied_head)
      lookup_grads_ = std::make_unique<Tensor>(Shape{model_.config().vocab, config().hidden}, dtype,
                                               settings_.device);
  }
  const auto ends = micro_batch_ends(sequences, limits(settings_));
  size_t begin = 0;
  for (const size_t end : ends) {
    MicroBatch micro(sequences, begin, end, rows_of_a_step(settings_.device));
    backward(micro, begin, head, end == sequences.size(), ready);
    begin = end;
  }
  if (ends.empty()) {  // nothing here, but peers expect their ranges in the usual order
    for (int64_t idx = config().layers - 1; idx >= 0; --idx) report_layer(idx, ready);
    report_rest(ready);
  }
}

void Policy::accumulate(std::span<const TrainSequence> sequences, double inverse_temperature,
                        TokenLoss loss, RangeReady ready) {
  const auto head = [&](size_t, const MicroBatch& micro, const Activations& all,
                        const TensorView& dhidden) {
    const auto head_loss = [&](int64_t from, std::span<const double> logprob,
                               std::span<const double> entropy, std::span<double> dlogprob) {
      std::fill(dlogprob.begin(), dlogprob.end(), 0.0);
      micro.for_each_piece(from, static_cast<int64_t>(logprob.size()),
                           [&](size_t sequence, int64_t first, int64_t at, int64_t count) {
                             const auto begin = static_cast<size_t>(at - from);
                             const auto size = static_cast<size_t>(count);
                             loss(sequence, first, logprob.subspan(begin, size),
                                  entropy.subspan(begin, size), dlogprob.subspan(begin, size));
                           });
    };
    ops::head_loss_backward(all.hidden, weights_.head(), targets(micro, inverse_temperature),
                            head_loss, {dhidden, sums()[weights_.layout().head]}, *arena_, stream_);
  };
  accumulate_through(sequences, head, ready);
}

std::vector<double> Policy::scores(std::span<const TrainSequence> sequences) {
  R1_CHECK(config().scalar_head, "scores of a model without a scalar head");
  prepare_scratch(Pass::kScoring);
  std::vector<double> result(sequences.size());
  size_t begin = 0;
  for (const size_t end : micro_batch_ends(sequences, limits(settings_))) {
    const ArenaScope scope(*arena_);
    MicroBatch micro(sequences, begin, end, rows_of_a_step(settings_.device));
    const BatchOnDevice batch(micro.batch(), settings_.device, stream_);
    const Activations all = model_.forward_train(batch.batch(), *pages_, true, *arena_);
    ops::score_forward(all.hidden, weights_.head(), micro.last_rows(),
                       std::span(result).subspan(begin, end - begin), *arena_, stream_);
    begin = end;
  }
  return result;
}

void Policy::accumulate_scores(std::span<const TrainSequence> sequences,
                               std::span<const double> dscores, RangeReady ready) {
  R1_CHECK(config().scalar_head, "scores of a model without a scalar head");
  const auto head = [&](size_t begin, const MicroBatch& micro, const Activations& all,
                        const TensorView& dhidden) {
    const auto rows = micro.last_rows();
    ops::score_backward(all.hidden, weights_.head(), rows, dscores.subspan(begin, rows.size()),
                        {dhidden, sums()[weights_.layout().head]}, *arena_, stream_);
    if (tp().rank() > 0) fill_zero(dhidden, stream_);  // all ranks have this head; one counts
  };
  accumulate_through(sequences, head, ready);
}

void Policy::backward(MicroBatch& micro, size_t begin, HeadBackward head, bool last,
                      RangeReady ready) {
  const ArenaScope scope(*arena_);
  const ModelLayout& layout = weights_.layout();
  const BatchOnDevice batch(micro.batch(), settings_.device, stream_);
  const Activations all =
      model_.forward_train(batch.batch(), *pages_, settings_.recompute, *arena_);
  const TensorView dhidden = arena_->allocate(all.hidden.shape, all.hidden.dtype);
  head(begin, micro, all, dhidden);
  const auto layer_done = [&](int64_t idx) {
    if (last) report_layer(idx, ready);
  };
  const TensorView dembedding =
      config().tied_head ? lookup_grads_->view() : sums()[layout.embedding];
  model_.backward(all, dhidden, *pages_, {sums(), dembedding}, layer_done, *arena_);
  if (!last) return;
  if (config().tied_head) {
    ops::add_in_place(dembedding, sums()[layout.embedding], stream_);
    fill_zero(dembedding, stream_);
  }
  report_rest(ready);
}

// Elements [begin, end) of the gradients are final.
void Policy::report(int64_t begin, int64_t end, RangeReady ready) const {
  if (settings_.is_offloaded())
    copy(gpu_grads_->flat().rows(begin, end - begin), grads_->flat().rows(begin, end - begin),
         stream_);
  ready(begin, end - begin);
}

void Policy::report_layer(int64_t idx, RangeReady ready) const {
  const ModelLayout& layout = weights_.layout();
  const LayerLayout& layer = layout.layers[static_cast<size_t>(idx)];
  const ParamEntry& end = layout.table[layer.last];
  for (const int per_head : {layer.query_norm, layer.key_norm})  // each rank has its heads' part
    if (per_head >= 0) tp().sum(sums()[per_head], "sum the gradients of the per-head norms");
  const int64_t begin = layout.table[layer.first].offset;
  report(begin, end.offset + end.shape.size(), ready);
}

void Policy::report_rest(RangeReady ready) const {
  const ModelLayout& layout = weights_.layout();
  const int64_t layers_begin = layout.table[layout.layers.front().first].offset;
  const int64_t tail = layout.table[layout.final_norm].offset;
  report(0, layers_begin, ready);
  report(tail, layout.table.total_size(), ready);
}

Policy::Memory Policy::memory(const ModelConfig& whole, const ComputeSettings& settings,
                              int tp_size) {
  settings.check();
  const TensorParallel tp = TensorParallel::planned(tp_size);
  const ModelConfig config = tp.part(whole);
  const Dtype acc = ops::accumulator_dtype(settings.dtype);
  const int64_t gradients = config.num_parameters() * size_bytes(acc);
  const int64_t lookup = config.tied_head ? config.vocab * config.hidden * size_bytes(acc) : 0;
  const int64_t rope = longest_rows(settings) * config.head_dim * size_bytes(acc);
  const int64_t pages = max_pages(settings) * KvPages::page_bytes(config, settings.dtype);
  Memory memory;
  if (!settings.shares_master())
    memory.master = config.num_parameters() * size_bytes(settings.master_dtype());
  memory.compute = ModelWeights::size_in_bytes(config, settings.dtype, settings.device) + rope +
                   ops::product_work_bytes(settings.products);
  memory.gradients = gradients + lookup;
  if (settings.is_offloaded()) memory.gradient_sums = gradients;
  memory.training = arena_bytes(whole, tp, settings, Pass::kTraining) + pages;
  memory.scoring = arena_bytes(whole, tp, settings, Pass::kScoring) + pages;
  return memory;
}

// The passes themselves, run over shapes.
int64_t Policy::arena_bytes(const ModelConfig& whole, const TensorParallel& tp,
                            const ComputeSettings& settings, Pass pass) {
  Arena arena = Arena::measuring(settings.device);
  const bool training = pass == Pass::kTraining;
  const ModelWeights weights(whole, settings.dtype, Device::kMeta, tp);
  const Transformer model(weights, 1, {});
  const std::vector<int32_t> zeros(static_cast<size_t>(settings.micro_batch_tokens));
  const KvPages no_pages(model.config(), 0, 0, settings.dtype, Device::kMeta);
  const Activations all =
      model.forward_train({zeros, zeros, {}}, no_pages, settings.recompute || !training, arena);
  const ops::HeadTargets targets{zeros, zeros, 1, head_part(weights)};
  if (!training) {
    ops::head_logprobs(all.hidden, weights.head(), targets, {}, {}, arena, {});
    return arena.peak_bytes();
  }
  const ParamSet no_grads(ParamTable{}, ops::accumulator_dtype(settings.dtype));
  const TensorView dhidden = arena.allocate(all.hidden.shape, all.hidden.dtype);
  ops::head_loss_backward(all.hidden, weights.head(), targets, [](auto&&...) {}, {dhidden, {}},
                          arena, {});
  model.backward(
      all, dhidden, no_pages, {no_grads, {}}, [](int64_t) {}, arena);
  return arena.peak_bytes();
}

}  // namespace r1
