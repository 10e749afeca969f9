// The scalar head of a reward model: one number a sequence, read off its last token.
#pragma once

#include <span>

#include "libr1/ops/linear.h"
#include "libr1/tensor/arena.h"
#include "libr1/tensor/mirrored.h"

namespace r1::ops {

// scores[i] = head . hidden[rows[i]]; hidden: [rows, hidden], head: [1, hidden]
void score_forward(const TensorView& hidden, const LinearWeight& head, const Indices& rows,
                   std::span<double> scores, Arena& arena, Stream stream);

struct ScoreGradient {
  TensorView dhidden;  // [rows, hidden], written; 0 in rows without a score
  TensorView dweight;  // [1, hidden], accumulated in the order of rows
};

// Given the gradient of the loss by each score.
void score_backward(const TensorView& hidden, const LinearWeight& head, const Indices& rows,
                    std::span<const double> dscores, const ScoreGradient& gradient, Arena& arena,
                    Stream stream);

}  // namespace r1::ops
