// Names, shapes and order of a model's parameters in the flat range; names are Hugging Face's.
#pragma once

#include <vector>

#include "libr1/model/config.h"
#include "libr1/tensor/param_set.h"

namespace r1 {

// Indices into the table; -1 where the family has no such parameter.
struct LayerLayout {
  int input_norm = -1;                   // [hidden]
  int query = -1, key = -1, value = -1;  // [(heads | kv_heads) * head_dim, hidden], consecutive
  int query_bias = -1, key_bias = -1, value_bias = -1;  // consecutive
  int query_norm = -1, key_norm = -1;                   // [head_dim]
  int output = -1;                                      // [hidden, heads * head_dim]
  int mlp_norm = -1;                                    // [hidden]
  int gate = -1, up = -1;                               // [intermediate, hidden], consecutive
  int down = -1;                                        // [hidden, intermediate]
  int first = 0, last = 0;                              // all of the layer's entries: [first, last]
};

struct ModelLayout {
  ParamTable table;
  int embedding = -1;  // [vocab, hidden]
  std::vector<LayerLayout> layers;
  int final_norm = -1;  // [hidden]
  int head = -1;        // [vocab, hidden], equal to `embedding` where tied; or [1, hidden]
};

ModelLayout model_layout(const ModelConfig& config);

}  // namespace r1
