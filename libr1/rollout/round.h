// One forward pass of the engine: which rows of which sequences, and the logits of those that the
// pass completes.
#pragma once

#include <vector>

#include "libr1/model/transformer.h"
#include "libr1/rollout/round_graphs.h"
#include "libr1/rollout/sequence.h"

namespace r1 {

struct EngineLimits;
struct PendingTokens;

// What the rounds of an engine use one after another.
struct RoundMemory {
  Arena arena;
  BatchOnDevice batch;
  RoundGraphs graphs;
};

class Round {
 public:
  explicit Round(int64_t max_rows) : max_rows_(max_rows) {}

  int64_t rows_left() const { return max_rows_ - rows_; }
  // The next `rows` pending tokens of the sequence, whose pages have room for them.
  void add(Sequence& sequence, int64_t rows);
  bool is_empty() const { return rows_ == 0; }
  // Runs the model, marks the rows cached and fills complete() and logits(). `before`: draws the
  // tokens that are still unknown.
  void run(const Transformer& model, const KvPages& cache, RoundMemory& memory,
           const PendingTokens* before, Stream stream);

  // Sequences with nothing pending any more, and their logits [complete, vocab] in f32.
  const std::vector<Sequence*>& complete() const { return complete_; }
  const TensorView& logits() const { return logits_; }

  // Arena that the largest round of an engine needs, sampling included.
  static int64_t arena_bytes(const Transformer& model, const EngineLimits& limits);

 private:
  struct Part {
    Sequence* sequence;
    int64_t rows;
  };
  static TensorView complete_logits(const Transformer& model, const TensorView& hidden,
                                    std::span<const int32_t> rows, Arena& arena, Stream stream);
  bool only_decodes() const;

  int64_t max_rows_, rows_ = 0;
  std::vector<Part> parts_;
  std::vector<Sequence*> complete_;
  TensorView logits_;
};

}  // namespace r1
