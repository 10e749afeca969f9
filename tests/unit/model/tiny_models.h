// Small random models of each family, for tests.
#pragma once

#include <string>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/model/init.h"
#include "libr1/tensor/transfer.h"
#include "libr1/train/policy.h"

namespace r1::testing {

inline ModelConfig tiny_llama() {
  ModelConfig config;
  config.vocab = 29;
  config.hidden = 24;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 6;
  config.intermediate = 20;
  config.max_positions = 128;
  return config;
}

inline ModelConfig tiny_qwen2() {
  ModelConfig config = tiny_llama();
  config.qkv_bias = true;
  config.tied_head = true;
  config.rope_theta = 1e6;
  return config;
}

inline ModelConfig tiny_qwen3() {
  ModelConfig config = tiny_llama();
  config.qk_norm = true;
  config.head_dim = 10;  // heads * head_dim != hidden
  config.kv_heads = 1;
  return config;
}

inline ModelConfig tiny_deepseek_rope() {
  ModelConfig config = tiny_llama();
  config.rope_interleaved = true;
  config.rope_scaling = {ops::RopeScalingKind::kYarn, 4, 1, 4, 16, 32, 1, 0};
  return config;
}

inline std::vector<double> values_of(const TensorView& x) {
  std::vector<double> values(static_cast<size_t>(x.size()));
  read_values(x, values, {});
  return values;
}

// Random parameters; biases and norms too, so that their gradients matter.
inline void randomize(Policy& policy, uint64_t seed = 1) {
  initialize(policy.config(), {.embedding_std = 0.5}, seed, policy.master());
  const Random random(seed, "vectors");
  std::vector<double> values = values_of(policy.master().flat());
  for (const ParamEntry& entry : policy.master().table().entries()) {
    if (entry.decay) continue;
    for (int64_t i = entry.offset; i < entry.offset + entry.shape.size(); ++i)
      values[static_cast<size_t>(i)] += 0.2 * random.normal(static_cast<uint32_t>(i));
  }
  write_values(values, policy.master().flat(), {});
  policy.refresh();
}

inline std::vector<std::vector<int32_t>> random_sequences(const std::vector<int>& lengths,
                                                          int64_t vocab, uint64_t seed = 7) {
  const Random random(seed, "tokens");
  std::vector<std::vector<int32_t>> sequences;
  for (size_t s = 0; s < lengths.size(); ++s) {
    auto& tokens = sequences.emplace_back();
    for (int t = 0; t < lengths[s]; ++t)
      tokens.push_back(static_cast<int32_t>(random.below(
          static_cast<uint64_t>(vocab), static_cast<uint32_t>(s), static_cast<uint32_t>(t))));
  }
  return sequences;
}

inline std::vector<TrainSequence> as_train_sequences(
    const std::vector<std::vector<int32_t>>& tokens) {
  std::vector<TrainSequence> result;
  for (const auto& t : tokens)
    result.push_back({t, std::max<int64_t>(1, static_cast<int64_t>(t.size()) / 3)});
  return result;
}

}  // namespace r1::testing
