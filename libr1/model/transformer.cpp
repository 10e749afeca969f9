#include "libr1/model/transformer.h"

#include <cstring>

#include "libr1/ops/dispatch.h"
#include "libr1/ops/elementwise.h"
#include "libr1/ops/rmsnorm.h"

namespace r1 {
namespace {

// f32 elements, 64 MiB: enough for 64 sequences of 28 heads and 32,768 positions. With more
// sequences there is work for a whole GPU without splits.
constexpr int64_t kDecodeScratch = 16 << 20;

}  // namespace

KvPages::KvPages(const ModelConfig& config, int64_t num_layers, int64_t num_pages, Dtype dtype,
                 Device device)
    : num_pages_(num_pages),
      k_({num_layers * num_pages, config.kv_heads * config.head_dim * ops::kPageTokens}, dtype,
         device),
      v_(k_.view().shape, dtype, device) {}

ops::KvLayer KvPages::layer(int64_t idx) const {
  return {k_.view().rows(idx * num_pages_, num_pages_),
          v_.view().rows(idx * num_pages_, num_pages_)};
}

int64_t KvPages::page_bytes(const ModelConfig& config, Dtype dtype) {
  return 2 * config.kv_heads * config.head_dim * ops::kPageTokens * size_bytes(dtype);
}

int64_t Transformer::decode_scratch_bytes(Device device) {
  return device == Device::kCuda ? kDecodeScratch * size_bytes(Dtype::kF32) : 0;
}

Transformer::Transformer(const ModelWeights& weights, int64_t max_positions, Stream stream)
    : weights_(weights),
      dims_{weights.config().heads, weights.config().kv_heads, weights.config().head_dim},
      rope_table_(ops::rope_table(max_positions, weights.config().head_dim,
                                  weights.config().rope_theta, weights.config().rope_scaling,
                                  ops::accumulator_dtype(weights.dtype()), weights.device())),
      stream_(stream) {}

TensorView Transformer::allocate_share(int64_t rows, int64_t cols, Dtype dtype,
                                       Arena& arena) const {
  const TensorParallel& tp = weights_.tp();
  TensorView share = arena.allocate({tp.share_rows(rows), cols}, dtype);
  return share.rows(0, part_of(rows, tp.rank(), tp.size()).count);
}

TensorView Transformer::allocate_parts(int64_t rows, Arena& arena) const {
  return weights_.tp().is_whole() ? TensorView{}
                                  : arena.allocate({rows, config().hidden}, weights_.dtype());
}

LayerActivations Transformer::allocate_layer(int64_t rows, Arena& arena) const {
  const ModelConfig& c = config();
  const Dtype acc = ops::accumulator_dtype(weights_.dtype());
  const auto tensor = [&](int64_t cols) { return arena.allocate({rows, cols}, weights_.dtype()); };
  LayerActivations a;
  a.norm1 = tensor(c.hidden);
  a.rstd1 = allocate_share(rows, 1, acc, arena);
  if (c.qk_norm) {
    a.qkv_raw = tensor(dims_.qkv_cols());
    a.rstd_q = arena.allocate({rows, c.heads}, acc);
    a.rstd_k = arena.allocate({rows, c.kv_heads}, acc);
  }
  a.qkv = tensor(dims_.qkv_cols());
  a.attention = tensor(c.heads * c.head_dim);
  a.lse = arena.allocate({rows, c.heads}, acc);
  a.middle = allocate_share(rows, c.hidden, weights_.dtype(), arena);
  a.norm2 = tensor(c.hidden);
  a.rstd2 = allocate_share(rows, 1, acc, arena);
  a.gate_up = tensor(2 * c.intermediate);
  a.act = tensor(c.intermediate);
  return a;
}

// attention = softmax(q k^T) v of the normalised input, with q and k normed and rotated
void Transformer::attention_block(int64_t idx, const TokenBatch& batch, const ops::KvLayer& cache,
                                  const LayerActivations& a) const {
  const ModelConfig& c = config();
  const LayerWeights& w = weights_.layer(idx);
  if (c.qk_norm) {
    ops::linear_forward(a.norm1, w.qkv, a.qkv_raw, stream_);
    ops::convert(a.qkv_raw, a.qkv, stream_);
    ops::rmsnorm_forward(a.qkv_raw, w.query_norm, c.norm_eps, {0, c.heads}, a.qkv, a.rstd_q,
                         stream_);
    ops::rmsnorm_forward(a.qkv_raw, w.key_norm, c.norm_eps, {c.heads * c.head_dim, c.kv_heads},
                         a.qkv, a.rstd_k, stream_);
  } else {
    ops::linear_forward(a.norm1, w.qkv, a.qkv, stream_);
  }
  ops::rotate_and_cache(
      dims_, batch.sequences, batch.positions, rope_table_,
      c.rope_interleaved ? kernels::RopePairs::kInterleaved : kernels::RopePairs::kHalfSplit, a.qkv,
      cache, stream_);
  ops::attention_forward(dims_, batch.sequences, a.qkv, cache, a.attention, a.lse, a.decode_scratch,
                         stream_);
}

// middle = input + W_o attention(norm(input));  act = swiglu(norm(middle))
void Transformer::layer_activations(int64_t idx, const TokenBatch& batch, const ops::KvLayer& cache,
                                    const LayerActivations& a) const {
  const LayerWeights& w = weights_.layer(idx);
  norm(a.input, w.input_norm, a.norm1, a.rstd1, "gather the attention's input");
  attention_block(idx, batch, cache, a);
  add_linear(a.attention, w.output, a.input, a.parts, a.middle, "sum the attention's parts");

  norm(a.middle, w.mlp_norm, a.norm2, a.rstd2, "gather the MLP's input");
  ops::linear_forward(a.norm2, w.gate_up, a.gate_up, stream_);
  ops::swiglu_forward(a.gate_up, a.act, stream_);
}

// output = middle + W_down act
void Transformer::layer_forward(int64_t idx, const TokenBatch& batch, const ops::KvLayer& cache,
                                const LayerActivations& a, const TensorView& output) const {
  layer_activations(idx, batch, cache, a);
  add_linear(a.act, weights_.layer(idx).down, a.middle, a.parts, output, "sum the MLP's parts");
}

void Transformer::norm(const TensorView& x, const TensorView& weight, const TensorView& y,
                       const TensorView& rstd, const char* purpose) const {
  ops::rmsnorm_forward(x, weight, config().norm_eps, {}, weights_.tp().share(y), rstd, stream_);
  weights_.tp().all_gather(y, purpose);
}

void Transformer::add_linear(const TensorView& x, const ops::LinearWeight& weight,
                             const TensorView& residual, const TensorView& parts,
                             const TensorView& y, const char* purpose) const {
  if (weights_.tp().is_whole()) return ops::linear_forward_add(x, weight, residual, y, stream_);
  ops::linear_forward(x, weight, parts, stream_);
  weights_.tp().reduce_scatter(parts, y, purpose);
  ops::add_in_place(residual, y, stream_);
}

void Transformer::embed(const TokenBatch& batch, const TensorView& parts,
                        const TensorView& x) const {
  const TensorParallel& tp = weights_.tp();
  ops::embedding_forward(batch.tokens, weights_.embedding(), weights_.token_rows(),
                         tp.is_whole() ? x : parts, stream_);
  tp.reduce_scatter(parts, x, "sum the embedding's parts");
}

TensorView Transformer::forward(const TokenBatch& batch, const KvPages& cache, Arena& arena) const {
  const ModelConfig& c = config();
  const int64_t rows = batch.rows();
  const TensorView hidden = arena.allocate({rows, c.hidden}, weights_.dtype());
  const ArenaScope scope(arena);
  TensorView x = allocate_share(rows, c.hidden, weights_.dtype(), arena);
  TensorView next = allocate_share(rows, c.hidden, weights_.dtype(), arena);
  LayerActivations a = allocate_layer(rows, arena);
  a.parts = allocate_parts(rows, arena);
  if (weights_.device() == Device::kCuda)
    a.decode_scratch = arena.allocate({kDecodeScratch}, Dtype::kF32);
  if (arena.is_measuring()) return hidden;
  embed(batch, a.parts, x);
  for (int64_t i = 0; i < c.layers; ++i) {
    a.input = x;
    layer_forward(i, batch, cache.layer(i), a, next);
    std::swap(x, next);
  }
  norm(x, weights_.final_norm(), hidden, a.rstd1, "gather the hidden states");
  return hidden;
}

Activations Transformer::forward_train(const TokenBatch& batch, const KvPages& scratch,
                                       bool recompute, Arena& arena) const {
  const ModelConfig& c = config();
  const int64_t rows = batch.rows();
  const auto stream_tensor = [&] {
    return allocate_share(rows, c.hidden, weights_.dtype(), arena);
  };
  Activations all{batch, recompute, {}, {}, {}, {}};
  for (int64_t i = 0; i < c.layers; ++i) {
    LayerActivations a;
    if (!recompute) a = allocate_layer(rows, arena);
    a.input = stream_tensor();
    all.layers.push_back(a);
  }
  all.output = stream_tensor();
  all.hidden = arena.allocate({rows, c.hidden}, weights_.dtype());
  all.rstd = allocate_share(rows, 1, ops::accumulator_dtype(weights_.dtype()), arena);
  const ArenaScope scope(arena);
  const TensorView parts = allocate_parts(rows, arena);
  const LayerActivations shared = recompute ? allocate_layer(rows, arena) : LayerActivations{};
  if (arena.is_measuring()) return all;

  embed(batch, parts, all.layers[0].input);
  for (int64_t i = 0; i < c.layers; ++i) {
    const auto at = static_cast<size_t>(i);
    LayerActivations a = recompute ? shared : all.layers[at];
    a.input = all.layers[at].input;
    a.parts = parts;
    layer_forward(i, batch, scratch.layer(0), a,
                  i + 1 < c.layers ? all.layers[at + 1].input : all.output);
  }
  norm(all.output, weights_.final_norm(), all.hidden, all.rstd, "gather the hidden states");
  return all;
}

}  // namespace r1
