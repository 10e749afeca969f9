// Log-probabilities where the vocabulary is shared by ranks: each knows those of its own rows of
// the head, and all join what they know in rank order, to the same bits in training and rollout.
#pragma once

#include <cstddef>
#include <vector>

namespace r1::ops {

struct RowLogprob {
  double lse = 0;      // log of the sum of exponentials of the whole row
  double logprob = 0;  // of its target
  double entropy = 0;
};

// parts[p]: for each of `rows` the lse of part p, its entropy, and the target's logit, which is 0
// in all parts but the target's: [3 * rows], one kind after another.
RowLogprob join_row(const std::vector<std::vector<double>>& parts, size_t row, size_t rows);

}  // namespace r1::ops
