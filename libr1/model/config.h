// Which transformer: the dense Llama family as numbers (Llama 1 to 3, Qwen2/2.5 with biases on
// queries, keys and values, Qwen3 with per-head norms of queries and keys).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "libr1/config/field.h"
#include "libr1/core/types.h"
#include "libr1/ops/rope.h"

namespace r1 {

struct ModelConfig {
  int64_t vocab = 0;
  int64_t hidden = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t intermediate = 0;
  int64_t max_positions = 4096;
  bool qkv_bias = false;
  bool qk_norm = false;
  bool tied_head = false;
  bool scalar_head = false;
  double norm_eps = 1e-6;
  double rope_theta = 10000;
  bool rope_interleaved = false;
  ops::RopeScaling rope_scaling;

  // Throws Fault::kInput naming the first number that cannot be.
  void check() const;
  // Parameters of the whole model, counted without allocating it.
  int64_t num_parameters() const;
  // Multiply-adds of the products for one token, without attention scores.
  int64_t matmul_size() const;

  template <class Visitor>
  void visit(Visitor& v) {
    v.required("vocab", vocab, "entries of the embedding table", at_least(1));
    v.required("hidden", hidden, "width of the residual stream", at_least(1));
    v.required("layers", layers, "transformer blocks", at_least(1));
    v.required("heads", heads, "query heads", at_least(1));
    v.required("kv_heads", kv_heads, "key and value heads; divides heads", at_least(1));
    v.required("head_dim", head_dim, "width of a head", at_least(2));
    v.required("intermediate", intermediate, "width of the SwiGLU block", at_least(1));
    v.field("max_positions", max_positions, "longest sequence, tokens", at_least(1));
    v.field("qkv_bias", qkv_bias, "biases on queries, keys and values (Qwen2)");
    v.field("qk_norm", qk_norm, "RMSNorm of each query and key head (Qwen3)");
    v.field("tied_head", tied_head, "the output head is the embedding");
    v.field("scalar_head", scalar_head, "one score a sequence instead of logits: a reward model");
    v.field("norm_eps", norm_eps, "epsilon of RMSNorm", positive());
    v.field("rope_theta", rope_theta, "base of the rotary frequencies", positive());
    v.field("rope_interleaved", rope_interleaved,
            "rotate pairs (2i, 2i+1) instead of (i, i + head_dim/2)");
    v.table("rope_scaling", rope_scaling, "stretching of the rotary frequencies");
  }
};

}  // namespace r1
