#include "libr1/rollout/round.h"

#include <algorithm>

#include "libr1/ops/elementwise.h"
#include "libr1/ops/head.h"
#include "libr1/rollout/engine.h"
#include "libr1/rollout/token_sampler.h"

namespace r1 {

void Round::add(Sequence& sequence, int64_t rows) {
  parts_.push_back({&sequence, rows});
  rows_ += rows;
}

bool Round::only_decodes() const {
  return std::ranges::all_of(parts_, [](const Part& p) { return p.rows == 1; }) &&
         complete_.size() == parts_.size();
}

void Round::run(const Transformer& model, const KvPages& cache, RoundMemory& memory,
                const PendingTokens* before, Stream stream) {
  // Those that decode first, as attention wants them.
  std::stable_partition(parts_.begin(), parts_.end(), [](const Part& p) { return p.rows == 1; });
  std::vector<int32_t> tokens, positions, last_rows, drawn_rows;
  bool all_known = true;
  std::vector<ops::AttentionSequence> sequences;
  for (const Part& part : parts_) {
    Sequence& sequence = *part.sequence;
    sequences.push_back({static_cast<int64_t>(tokens.size()), static_cast<int32_t>(part.rows),
                         static_cast<int32_t>(sequence.cached), sequence.pages.data()});
    for (int64_t i = 0; i < part.rows; ++i, ++sequence.cached) {
      const int32_t token = sequence.tokens[static_cast<size_t>(sequence.cached)];
      const bool known = token != Sequence::kUnknown;
      tokens.push_back(known ? token : 0);
      drawn_rows.push_back(known ? -1 : sequence.drawn_row);
      all_known = all_known && known;
      positions.push_back(static_cast<int32_t>(sequence.cached));
    }
    if (sequence.pending() > 0) continue;
    complete_.push_back(&sequence);
    last_rows.push_back(static_cast<int32_t>(tokens.size()) - 1);
  }
  memory.batch.load({tokens, positions, sequences}, model.weights().device(), stream);
  if (!all_known) before->draw.take(drawn_rows, memory.batch.written_tokens());
  const TokenBatch& batch = memory.batch.batch();
  const auto compute = [&] {
    const TensorView hidden = model.forward(batch, cache, memory.arena);
    return complete_logits(model, hidden, last_rows, memory.arena, stream);
  };
  const bool recordable = model.weights().device() == Device::kCuda &&
                          model.weights().tp().is_whole() && only_decodes();
  logits_ = recordable ? memory.graphs.run(
                             {memory.batch.memory(), rows_, ops::num_splits(batch.sequences.host)},
                             memory.arena, stream, compute)
                       : compute();
}

TensorView Round::complete_logits(const Transformer& model, const TensorView& hidden,
                                  std::span<const int32_t> rows, Arena& arena, Stream stream) {
  const auto count = static_cast<int64_t>(rows.size());
  const TensorView last = arena.allocate({count, hidden.shape[1]}, hidden.dtype);
  const ModelWeights& weights = model.weights();
  const TensorView logits = arena.allocate({count, weights.whole_vocab()}, Dtype::kF32);
  const ArenaScope scope(arena);
  const auto write = [&](const TensorView& mine) {
    const bool all = count == hidden.shape[0];  // then in order
    if (!all)
      ops::gather_rows(MirroredCopy<int32_t>(rows, hidden.device, stream).values(), hidden, last,
                       stream);
    ops::head_logits(all ? hidden : last, weights.head(), mine, stream);
  };
  if (arena.is_measuring() || count > 0)
    weights.tp().join_columns(logits, write, "join the logits", arena, stream);
  return logits;
}

int64_t Round::arena_bytes(const Transformer& model, const EngineLimits& limits) {
  Arena arena = Arena::measuring();
  const std::vector<int32_t> rows(static_cast<size_t>(limits.max_round_tokens));
  const TensorView hidden =
      model.forward({rows, rows, {}},
                    KvPages(model.config(), 0, 0, model.weights().dtype(), Device::kMeta), arena);
  const std::vector<int32_t> last(static_cast<size_t>(limits.max_sequences));
  complete_logits(model, hidden, last, arena, {});
  TokenSampler::allocate_scratch(limits.max_sequences, model.weights().whole_vocab(),
                                 model.weights().tp().size(), arena);
  return arena.peak_bytes();
}

}  // namespace r1
