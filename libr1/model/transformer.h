// The transformer as straight-line code: forward and explicit backward, one layer after another.
// The same forward serves prefill, decode and training, so its bits do not depend on which.
#pragma once

#include <vector>

#include "libr1/core/function_ref.h"
#include "libr1/model/batch.h"
#include "libr1/model/weights.h"
#include "libr1/tensor/arena.h"

namespace r1 {

// Paged keys and values of all layers: [layers * pages, page_size] each, zeroed.
class KvPages {
 public:
  KvPages(const ModelConfig& config, int64_t num_layers, int64_t num_pages, Dtype dtype,
          Device device);
  ops::KvLayer layer(int64_t idx) const;
  int64_t num_pages() const { return num_pages_; }
  static int64_t page_bytes(const ModelConfig& config, Dtype dtype);  // k and v, one layer

 private:
  int64_t num_pages_;
  Tensor k_, v_;
};

// What the backward pass of a layer needs. Views into an arena. `share`: the rows of the residual
// stream that this rank has, all of them where it has the whole model.
struct LayerActivations {
  TensorView input;         // [share, hidden], the residual stream on entry
  TensorView norm1, rstd1;  // [rows, hidden], [share, 1]
  TensorView qkv_raw;       // [rows, qkv_cols], before the per-head norms; empty without them
  TensorView rstd_q, rstd_k;
  TensorView qkv;             // [rows, qkv_cols], rotated
  TensorView attention, lse;  // [rows, heads * head_dim], [rows, heads]
  TensorView decode_scratch;  // of ops::attention_forward; empty in training
  TensorView parts;           // [rows, hidden], what is summed over ranks; empty for whole models
  TensorView middle;          // [share, hidden], the residual stream after attention
  TensorView norm2, rstd2;
  TensorView gate_up, act;  // [rows, 2 intermediate], [rows, intermediate]
};

// Of a whole forward pass, kept for backward().
struct Activations {
  TokenBatch batch;
  bool recompute = false;  // layers keep their input only; backward() runs them forward again
  std::vector<LayerActivations> layers;
  TensorView output, rstd;  // [share, hidden], [share, 1], before the final norm
  TensorView hidden;        // [rows, hidden] after it: what the head reads
};

class Transformer {
 public:
  // Of decoding in forward() on `device`: an arena measured with weights on Device::kMeta does not
  // count it.
  static int64_t decode_scratch_bytes(Device device);

  // `max_positions` sizes the rotary table. Weights are not owned.
  Transformer(const ModelWeights& weights, int64_t max_positions, Stream stream);

  const ModelConfig& config() const { return weights_.config(); }  // of this rank's part
  const ModelWeights& weights() const { return weights_; }
  const Stream& stream() const { return stream_; }
  int64_t max_positions() const { return rope_table_.view().shape[0]; }

  // Hidden states after the final norm, [rows, hidden], in `arena` (which keeps nothing else).
  // Reads and extends the sequences' cache.
  TensorView forward(const TokenBatch& batch, const KvPages& cache, Arena& arena) const;

  // The same, keeping activations. `scratch` has one layer: keys and values live in the
  // activations.
  Activations forward_train(const TokenBatch& batch, const KvPages& scratch, bool recompute,
                            Arena& arena) const;

  // Called with the layer index when the gradients of its parameters are final.
  using LayerDone = FunctionRef<void(int64_t layer_idx)>;
  struct Gradients {
    const ParamSet& params;  // the model's, in the accumulator dtype; the head's is not touched
    TensorView embedding;    // [vocab, hidden], of the lookup alone
  };
  // dhidden: [rows, hidden], the gradient by `hidden`, of which every rank has a part: their sum
  // counts. Overwritten. Adds to the gradients.
  void backward(const Activations& activations, const TensorView& dhidden, const KvPages& scratch,
                const Gradients& gradients, LayerDone layer_done, Arena& arena) const;

 private:
  // [share, cols] of rows
  TensorView allocate_share(int64_t rows, int64_t cols, Dtype dtype, Arena& arena) const;
  LayerActivations allocate_layer(int64_t rows, Arena& arena) const;
  // LayerActivations::parts, which all layers use one after another.
  TensorView allocate_parts(int64_t rows, Arena& arena) const;

  // x: [share, hidden], written; parts: [rows, hidden], see LayerActivations
  void embed(const TokenBatch& batch, const TensorView& parts, const TensorView& x) const;
  // y [rows, hidden] = norm(x [share, hidden]) of all ranks' rows
  void norm(const TensorView& x, const TensorView& weight, const TensorView& y,
            const TensorView& rstd, const char* purpose) const;
  // y = residual + x w^T, whose parts are summed up first. x: [rows, ...]  y: [share, hidden]
  void add_linear(const TensorView& x, const ops::LinearWeight& weight, const TensorView& residual,
                  const TensorView& parts, const TensorView& y, const char* purpose) const;
  void layer_activations(int64_t idx, const TokenBatch& batch, const ops::KvLayer& cache,
                         const LayerActivations& a) const;
  void layer_forward(int64_t idx, const TokenBatch& batch, const ops::KvLayer& cache,
                     const LayerActivations& a, const TensorView& output) const;
  void attention_block(int64_t idx, const TokenBatch& batch, const ops::KvLayer& cache,
                       const LayerActivations& a) const;
  struct NormInput {
    const TensorView &x, &rstd;  // [share, hidden], [share, 1]
    const TensorView &weight, &dweight;
  };
  // dx: the gradient by x in this rank's rows, written or added to; may be dy, whose parts are
  // summed first. Both [rows, hidden].
  void norm_backward(const TensorView& dy, const NormInput& input, const TensorView& dx,
                     bool accumulate) const;
  // dx: [rows, hidden], of which this rank's rows are the gradient of the residual stream.
  void layer_backward(int64_t idx, const TokenBatch& batch, const LayerActivations& a,
                      const TensorView& dx, const ParamSet& grads, Arena& arena) const;
  void attention_backward(int64_t idx, const TokenBatch& batch, const LayerActivations& a,
                          const TensorView& dx, const ParamSet& grads, Arena& arena) const;

  const ModelWeights& weights_;
  ops::AttentionDims dims_;
  Tensor rope_table_;
  Stream stream_;
};

}  // namespace r1
