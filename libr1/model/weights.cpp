#include "libr1/model/weights.h"

#include <algorithm>

#include "libr1/ops/elementwise.h"

namespace r1 {
namespace {

constexpr int64_t kAlign = 32;  // elements: 64 bytes at least

int64_t padded_packed_size(int64_t out, int64_t in, Dtype dtype, Device device) {
  return (ops::packed_size(out, in, dtype, device) + kAlign - 1) / kAlign * kAlign;
}

// Elements of all packed matrices of a model.
int64_t total_packed_size(const ModelConfig& c, Dtype dtype, Device device) {
  const int64_t layer =
      padded_packed_size((c.heads + 2 * c.kv_heads) * c.head_dim, c.hidden, dtype, device) +
      padded_packed_size(c.hidden, c.heads * c.head_dim, dtype, device) +
      padded_packed_size(2 * c.intermediate, c.hidden, dtype, device) +
      padded_packed_size(c.hidden, c.intermediate, dtype, device);
  return c.layers * layer +
         padded_packed_size(c.scalar_head ? 1 : c.vocab, c.hidden, dtype, device);
}

ParamSet values_of(const ModelLayout& layout, Dtype dtype, Device device, const ParamSet* master) {
  if (master && master->dtype() == dtype && master->flat().device == device)
    return {layout.table, master->flat()};
  return {layout.table, dtype, device};
}

}  // namespace

ModelWeights::ModelWeights(const ModelConfig& config, Dtype dtype, Device device, TensorParallel tp,
                           const ParamSet* master)
    : tp_(tp),
      vocab_(tp.vocab(config)),
      whole_vocab_(config.vocab),
      config_(tp.part(config)),
      layout_(model_layout(config_)),
      values_(values_of(layout_, dtype, device, master)),
      packed_({total_packed_size(config_, dtype, device)}, dtype, device) {
  int64_t used = 0;
  const auto linear = [&](TensorView weight, TensorView bias) {
    const int64_t size = ops::packed_size(weight.shape[0], weight.shape[1], dtype, device);
    ops::LinearWeight result{weight, packed_.view().rows(used, size), bias};
    used += padded_packed_size(weight.shape[0], weight.shape[1], dtype, device);
    return result;
  };
  embedding_ = values_[layout_.embedding];
  for (const LayerLayout& at : layout_.layers) {
    LayerWeights layer;
    layer.input_norm = values_[at.input_norm];
    layer.qkv =
        linear(values_.joined(at.query, at.value),
               config.qkv_bias ? values_.joined(at.query_bias, at.value_bias) : TensorView{});
    if (config.qk_norm) {
      layer.query_norm = values_[at.query_norm];
      layer.key_norm = values_[at.key_norm];
    }
    layer.output = linear(values_[at.output], {});
    layer.mlp_norm = values_[at.mlp_norm];
    layer.gate_up = linear(values_.joined(at.gate, at.up), {});
    layer.down = linear(values_[at.down], {});
    layers_.push_back(layer);
  }
  final_norm_ = values_[layout_.final_norm];
  head_ = linear(values_[layout_.head], {});
}

void ModelWeights::refresh(const ParamSet& master, Stream stream) {
  R1_CHECK(master.table().total_size() == layout_.table.total_size(), "the master copy has ",
           master.table().total_size(), " parameters, this model ", layout_.table.total_size());
  ops::convert(master.flat(), values_.flat(), stream);
  for (const LayerWeights& layer : layers_)
    for (const ops::LinearWeight* linear : {&layer.qkv, &layer.output, &layer.gate_up, &layer.down})
      ops::pack(*linear, stream);
  ops::pack(head_, stream);
}

int64_t ModelWeights::size_in_bytes(const ModelConfig& config, Dtype dtype, Device device) {
  return (config.num_parameters() + total_packed_size(config, dtype, device)) * size_bytes(dtype);
}

}  // namespace r1
