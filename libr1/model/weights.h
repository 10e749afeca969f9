// The parameters as the products use them: in the compute dtype, with every matrix packed. Made
// from the master once after each optimizer step; read-only in between, so rollout and training
// share it.
#pragma once

#include <vector>

#include "libr1/model/tensor_parallel.h"
#include "libr1/ops/elementwise.h"
#include "libr1/ops/linear.h"

namespace r1 {

struct LayerWeights {
  TensorView input_norm;
  ops::LinearWeight qkv;  // q, k and v as one product
  TensorView query_norm, key_norm;
  ops::LinearWeight output;
  TensorView mlp_norm;
  ops::LinearWeight gate_up;  // gate and up as one product
  ops::LinearWeight down;
};

class ModelWeights {
 public:
  // Of the whole model `config`: this rank's part. `master`, which then outlives this, is used
  // instead of a copy where it is of this dtype and device.
  ModelWeights(const ModelConfig& config, Dtype dtype, Device device, TensorParallel tp = {},
               const ParamSet* master = nullptr);

  // Converts and packs. `master` has the same table.
  void refresh(const ParamSet& master, Stream stream);

  const ModelConfig& config() const { return config_; }  // of the part
  const TensorParallel& tp() const { return tp_; }
  // The tokens whose rows the embedding and the head have here, of `whole_vocab`.
  const FlatRange& vocab() const { return vocab_; }
  ops::TokenRows token_rows() const { return {vocab_.begin, whole_vocab_}; }
  int64_t whole_vocab() const { return whole_vocab_; }
  const ModelLayout& layout() const { return layout_; }
  Dtype dtype() const { return values_.dtype(); }
  Device device() const { return values_.flat().device; }
  const TensorView& embedding() const { return embedding_; }
  const LayerWeights& layer(int64_t idx) const { return layers_[static_cast<size_t>(idx)]; }
  const TensorView& final_norm() const { return final_norm_; }
  const ops::LinearWeight& head() const { return head_; }

  // Bytes of a ModelWeights, without making one.
  static int64_t size_in_bytes(const ModelConfig& config, Dtype dtype, Device device);

 private:
  TensorParallel tp_;
  FlatRange vocab_;
  int64_t whole_vocab_;
  ModelConfig config_;
  ModelLayout layout_;
  ParamSet values_;
  Tensor packed_;  // every packed matrix, one after another
  TensorView embedding_, final_norm_;
  std::vector<LayerWeights> layers_;
  ops::LinearWeight head_;
};

}  // namespace r1
