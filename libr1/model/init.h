// Random initial parameters, a function of the seed alone.
#pragma once

#include "libr1/model/tensor_parallel.h"

namespace r1 {

struct InitSettings {
  double embedding_std = 0.02;
  double matrix_std = 0;       // 0: 1 / sqrt(in features)
  bool scale_residual = true;  // matrices that write to the residual stream / sqrt(2 layers)

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("embedding_std", embedding_std, "standard deviation of the embedding", positive());
    v.field("matrix_std", matrix_std, "standard deviation of matrices; 0: 1/sqrt(in features)",
            at_least(0));
    v.field("scale_residual", scale_residual,
            "divide output and down projections by sqrt(2 layers) (GPT-2)");
  }
};

// Norm weights 1, biases 0, matrices normal. Of a shared model this rank's part, of the
// values that the whole would have.
void initialize(const ModelConfig& config, const InitSettings& settings, uint64_t seed,
                const ParamSet& params, const TensorParallel& tp = {});

}  // namespace r1
