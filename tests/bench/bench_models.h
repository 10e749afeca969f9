// Models and inputs of benchmarks.
#pragma once

#include <cstdint>
#include <vector>

#include "libr1/core/philox.h"
#include "libr1/model/config.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1::bench {

inline ModelConfig dense(int64_t vocab, int64_t hidden, int64_t layers, int64_t heads,
                         int64_t kv_heads, int64_t intermediate) {
  ModelConfig config;
  config.vocab = vocab;
  config.hidden = hidden;
  config.layers = layers;
  config.heads = heads;
  config.kv_heads = kv_heads;
  config.head_dim = hidden / heads;
  config.intermediate = intermediate;
  return config;
}

inline Tokenizer word_tokenizer() {
  return Tokenizer::from_json(
      R"({"model":{"type":"WordLevel","unk_token":"a","vocab":{"a":0}},"added_tokens":[],)"
      R"("normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null})");
}

inline std::vector<int32_t> random_tokens(int64_t count, int64_t vocab, uint32_t stream) {
  const Random random(11, "bench");
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<int32_t>(
        random.below(static_cast<uint64_t>(vocab), static_cast<uint32_t>(i), stream)));
  return tokens;
}

}  // namespace r1::bench
