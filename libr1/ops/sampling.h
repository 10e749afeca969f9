// One token drawn from each row of logits, and its log-probability.
#pragma once

#include <span>

#include "kernels/sampling.h"
#include "libr1/tensor/tensor.h"

namespace r1::ops {

struct DrawScratch {
  TensorView truncation;    // [rows or more, vocab, 2], f32
  TensorView logprob, lse;  // [rows or more], f32
};

// logits: [rows, vocab], f32   rules, uniforms, tokens, logprobs: [rows]
// logprobs are of the whole distribution at inverse_temperature, joined as in training from
// `vocab_parts` parts of the vocabulary (vocab_parts.h). Token -1: the row is no numbers;
// then nothing is said of the log-probabilities.
void draw_tokens(const TensorView& logits, std::span<const kernels::SamplingRule> rules,
                 std::span<const float> uniforms, double inverse_temperature, int vocab_parts,
                 const DrawScratch& scratch, std::span<int32_t> tokens, std::span<double> logprobs,
                 Stream stream);

}  // namespace r1::ops
