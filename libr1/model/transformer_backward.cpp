// The gradient of transformer.cpp, in the opposite order. dx is the gradient of the residual
// stream: each block adds its part to it in place. A rank of a shared model has its rows of it, and
// all rows where a product needs them.
#include "libr1/model/transformer.h"
#include "libr1/ops/dispatch.h"
#include "libr1/ops/elementwise.h"
#include "libr1/ops/rmsnorm.h"

namespace r1 {

void Transformer::norm_backward(const TensorView& dy, const NormInput& input, const TensorView& dx,
                                bool accumulate) const {
  const TensorParallel& tp = weights_.tp();
  const TensorView dnorm = tp.share(dy);
  tp.reduce_scatter(dy, dnorm, "sum the gradient by a norm's output");
  tp.add_in_turn(
      input.dweight,
      [&] { ops::rmsnorm_backward_weight(dnorm, input.x, input.rstd, {}, input.dweight, stream_); },
      "add up the gradient of a norm");
  ops::rmsnorm_backward_input(dnorm, input.x, input.weight, input.rstd, {}, tp.share(dx),
                              accumulate, stream_);
}

void Transformer::attention_backward(int64_t idx, const TokenBatch& batch,
                                     const LayerActivations& a, const TensorView& dx,
                                     const ParamSet& grads, Arena& arena) const {
  const ArenaScope scope(arena);
  const ModelConfig& c = config();
  const LayerWeights& w = weights_.layer(idx);
  const LayerLayout& at = weights_.layout().layers[static_cast<size_t>(idx)];
  const TensorView dattention = arena.allocate(a.attention.shape, dx.dtype);
  const TensorView dqkv = arena.allocate(a.qkv.shape, dx.dtype);
  const TensorView dnorm = arena.allocate(dx.shape, dx.dtype);
  const TensorView scratch = arena.allocate(a.lse.shape, a.lse.dtype);
  if (arena.is_measuring()) return;
  weights_.tp().all_gather(dx, "gather the gradient by the attention's output");
  ops::linear_backward_weight(dx, a.attention, grads[at.output], {}, stream_);
  ops::linear_backward_input(dx, w.output, dattention, stream_);
  ops::attention_backward(dims_, batch.sequences, a.qkv, a.attention, a.lse, dattention, dqkv,
                          scratch, stream_);
  ops::rope(dqkv, batch.positions, rope_table_, c.heads + c.kv_heads,
            c.rope_interleaved ? kernels::RopePairs::kInterleaved : kernels::RopePairs::kHalfSplit,
            -1, stream_);
  if (c.qk_norm) {
    const int64_t keys_at = c.heads * c.head_dim;
    const auto per_head = [&](const TensorView& weight, const TensorView& rstd,
                              ops::NormPieces heads, const TensorView& dweight) {
      ops::rmsnorm_backward_weight(dqkv, a.qkv_raw, rstd, heads, dweight, stream_);
      ops::rmsnorm_backward_input(dqkv, a.qkv_raw, weight, rstd, heads, dqkv, false, stream_);
    };
    per_head(w.query_norm, a.rstd_q, {0, c.heads}, grads[at.query_norm]);
    per_head(w.key_norm, a.rstd_k, {keys_at, c.kv_heads}, grads[at.key_norm]);
  }
  ops::linear_backward_weight(
      dqkv, a.norm1, grads.joined(at.query, at.value),
      c.qkv_bias ? grads.joined(at.query_bias, at.value_bias) : TensorView{}, stream_);
  ops::linear_backward_input(dqkv, w.qkv, dnorm, stream_);
  norm_backward(dnorm, {a.input, a.rstd1, w.input_norm, grads[at.input_norm]}, dx, true);
}

void Transformer::layer_backward(int64_t idx, const TokenBatch& batch, const LayerActivations& a,
                                 const TensorView& dx, const ParamSet& grads, Arena& arena) const {
  const LayerWeights& w = weights_.layer(idx);
  const LayerLayout& at = weights_.layout().layers[static_cast<size_t>(idx)];
  {
    const ArenaScope scope(arena);
    const TensorView dact = arena.allocate(a.act.shape, dx.dtype);
    const TensorView dgate_up = arena.allocate(a.gate_up.shape, dx.dtype);
    const TensorView dnorm = arena.allocate(dx.shape, dx.dtype);
    if (!arena.is_measuring()) {
      weights_.tp().all_gather(dx, "gather the gradient by the MLP's output");
      ops::linear_backward_weight(dx, a.act, grads[at.down], {}, stream_);
      ops::linear_backward_input(dx, w.down, dact, stream_);
      ops::swiglu_backward(dact, a.gate_up, dgate_up, stream_);
      ops::linear_backward_weight(dgate_up, a.norm2, grads.joined(at.gate, at.up), {}, stream_);
      ops::linear_backward_input(dgate_up, w.gate_up, dnorm, stream_);
      norm_backward(dnorm, {a.middle, a.rstd2, w.mlp_norm, grads[at.mlp_norm]}, dx, true);
    }
  }
  attention_backward(idx, batch, a, dx, grads, arena);
}

void Transformer::backward(const Activations& all, const TensorView& dhidden,
                           const KvPages& scratch, const Gradients& gradients, LayerDone layer_done,
                           Arena& arena) const {
  const ArenaScope scope(arena);
  const TensorView dx = dhidden;
  LayerActivations shared;
  if (all.recompute) {
    shared = allocate_layer(dx.shape[0], arena);
    shared.parts = allocate_parts(dx.shape[0], arena);
  }
  if (!arena.is_measuring())
    norm_backward(dhidden,
                  {all.output, all.rstd, weights_.final_norm(),
                   gradients.params[weights_.layout().final_norm]},
                  dx, false);
  for (int64_t i = config().layers - 1; i >= 0; --i) {
    LayerActivations a = all.layers[static_cast<size_t>(i)];
    if (all.recompute) {
      const TensorView input = a.input;
      a = shared;
      a.input = input;
      if (!arena.is_measuring()) layer_activations(i, all.batch, scratch.layer(0), a);
    }
    layer_backward(i, all.batch, a, dx, gradients.params, arena);
    layer_done(i);
  }
  if (arena.is_measuring()) return;
  weights_.tp().all_gather(dx, "gather the gradient by the embedding");
  ops::embedding_backward(all.batch.tokens, dx, gradients.embedding, weights_.token_rows(),
                          stream_);
}

}  // namespace r1
