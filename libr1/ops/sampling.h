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
  TensorView logprob, lse;  // [vocab_parts * rows or more], f32
};

// Tokens being drawn. On a GPU they may be used there before the host knows them.
class Draw {
 public:
  // Begins. logits: [rows, vocab], f32   rules, uniforms: [rows]. Log-probabilities are joined from
  // those of so many `vocab_parts`, as in training (vocab_parts.h).
  Draw(const TensorView& logits, std::span<const kernels::SamplingRule> rules,
       std::span<const float> uniforms, double inverse_temperature, int vocab_parts,
       const DrawScratch& scratch, Stream stream);

  // Waits. tokens, logprobs: [rows]; logprobs are of the whole distribution at
  // inverse_temperature. On a CPU the scratch must not have been used for anything else since.
  // Token -1: the row is no numbers; then nothing is said of the log-probabilities.
  void read(std::span<int32_t> tokens, std::span<double> logprobs);

  // On a GPU: ids[r] = the token of row source[r], or as it was where source[r] is negative.
  // `ids` lie there.
  void take(std::span<const int32_t> source, int32_t* ids) const;

 private:
  // What a GPU has computed, brought to the host; of the host as it is.
  class Brought {
   public:
    void start(const void* bytes, int64_t size_in_bytes, Device device, Stream stream);
    const void* wait();

   private:
    const void* here_ = nullptr;
    std::unique_ptr<gpu::Download> download_;
  };

  TensorView logits_;
  int vocab_parts_;
  Stream stream_;
  std::vector<int32_t> host_tokens_;
  MirroredCopy<int32_t> tokens_;
  Brought found_tokens_, logprobs_, lses_;  // lses_: of several parts
};

}  // namespace r1::ops
