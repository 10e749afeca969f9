#include "libr1/model/layout.h"

namespace r1 {
namespace {

LayerLayout add_layer(const ModelConfig& c, int layer_idx, ParamTable& table) {
  const std::string prefix = concat("model.layers.", layer_idx, ".");
  const auto matrix = [&](const char* name, int64_t out, int64_t in) {
    return table.add(prefix + name + ".weight", {out, in}, true);
  };
  const auto vector = [&](const std::string& name, int64_t size) {
    return table.add(prefix + name, {size}, false);
  };
  const int64_t query_rows = c.heads * c.head_dim;
  const int64_t key_rows = c.kv_heads * c.head_dim;
  LayerLayout layer;
  layer.first = layer.input_norm = vector("input_layernorm.weight", c.hidden);
  layer.query = matrix("self_attn.q_proj", query_rows, c.hidden);
  layer.key = matrix("self_attn.k_proj", key_rows, c.hidden);
  layer.value = matrix("self_attn.v_proj", key_rows, c.hidden);
  if (c.qkv_bias) {
    layer.query_bias = vector("self_attn.q_proj.bias", query_rows);
    layer.key_bias = vector("self_attn.k_proj.bias", key_rows);
    layer.value_bias = vector("self_attn.v_proj.bias", key_rows);
  }
  if (c.qk_norm) {
    layer.query_norm = vector("self_attn.q_norm.weight", c.head_dim);
    layer.key_norm = vector("self_attn.k_norm.weight", c.head_dim);
  }
  layer.output = matrix("self_attn.o_proj", c.hidden, query_rows);
  layer.mlp_norm = vector("post_attention_layernorm.weight", c.hidden);
  layer.gate = matrix("mlp.gate_proj", c.intermediate, c.hidden);
  layer.up = matrix("mlp.up_proj", c.intermediate, c.hidden);
  layer.last = layer.down = matrix("mlp.down_proj", c.hidden, c.intermediate);
  return layer;
}

}  // namespace

ModelLayout model_layout(const ModelConfig& config) {
  config.check();
  ModelLayout layout;
  layout.embedding =
      layout.table.add("model.embed_tokens.weight", {config.vocab, config.hidden}, true);
  for (int64_t i = 0; i < config.layers; ++i)
    layout.layers.push_back(add_layer(config, static_cast<int>(i), layout.table));
  layout.final_norm = layout.table.add("model.norm.weight", {config.hidden}, false);
  if (config.tied_head)
    layout.head = layout.embedding;
  else if (config.scalar_head)
    layout.head = layout.table.add("score.weight", {1, config.hidden}, true);
  else
    layout.head = layout.table.add("lm_head.weight", {config.vocab, config.hidden}, true);
  return layout;
}

}  // namespace r1
