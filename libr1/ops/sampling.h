// One token drawn from each row of logits, and its log-probability.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kernels/sampling.h"
#include "libr1/core/gpu.h"
#include "libr1/tensor/mirrored.h"

namespace r1::ops {

struct DrawScratch {
  TensorView truncation;    // [rows or more, vocab, 2], f32
  TensorView logprob, lse;  // [rows or more], f32
};

// Tokens being drawn. On a GPU they may be used there before the host knows them.
class Draw {
 public:
  // Begins. logits: [rows, vocab], f32   rules, uniforms: [rows]
  Draw(const TensorView& logits, std::span<const kernels::SamplingRule> rules,
       std::span<const float> uniforms, double inverse_temperature, int vocab_parts,
       const DrawScratch& scratch, Stream stream);

  // Waits. tokens, logprobs: [rows]; logprobs are of the whole distribution at
  // inverse_temperature. Where they are joined, as in training, from several `vocab_parts`
  // (vocab_parts.h), logits and scratch must not have been used for anything else since. Token -1:
  // the row is no numbers; then nothing is said of the log-probabilities.
  void read(std::span<int32_t> tokens, std::span<double> logprobs);

  // On a GPU: ids[r] = the token of row source[r], or as it was where source[r] is negative.
  // `ids` lie there.
  void take(std::span<const int32_t> source, int32_t* ids) const;

 private:
  TensorView logits_;
  double inverse_temperature_;
  int vocab_parts_;
  DrawScratch scratch_;
  Stream stream_;
  std::vector<int32_t> host_tokens_;
  MirroredCopy<int32_t> tokens_;
  std::unique_ptr<gpu::Download> token_download_, logprob_download_;  // none: they are here
};

}  // namespace r1::ops
