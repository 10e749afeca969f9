// How responses are drawn, as a user sets it.
#pragma once

#include "libr1/config/field.h"
#include "libr1/rollout/engine.h"

namespace r1 {

struct RolloutConfig {
  double temperature = 1;
  double top_p = 1;
  int top_k = 0;
  double min_p = 0;
  int64_t max_new_tokens = 1024;
  std::vector<std::string> stop;
  int64_t max_sequences = 256;
  int64_t cache_tokens = 65536;
  int64_t max_round_tokens = 2048;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("temperature", temperature, "of sampling (paper: 1; 0.7 in all-scenario RL); 0: greedy",
            at_least(0));
    v.field("top_p", top_p, "smallest set of tokens with this probability; 1: all", between(0, 1));
    visit_others(v);
  }
  // All but temperature and top-p: what is usual for those depends on what is drawn for.
  template <class Visitor>
  void visit_others(Visitor& v) {
    v.field("top_k", top_k, "the k likeliest tokens; 0: all", at_least(0));
    v.field("min_p", min_p, "tokens at least this share of the likeliest's probability",
            between(0, 1));
    v.field("max_new_tokens", max_new_tokens, "longest response, tokens (paper: 32768)",
            at_least(1));
    v.field("stop", stop, "texts that end a response, beside the end token");
    v.field("max_sequences", max_sequences, "responses decoded side by side on a rank",
            at_least(1));
    v.field("cache_tokens", cache_tokens, "capacity of a rank's cache of keys and values, tokens",
            at_least(64));
    v.field("max_round_tokens", max_round_tokens, "rows of one forward pass", at_least(1));
  }
  void check() const;
};

// `samples` responses to a question; they end with the tokenizer's end token.
SamplingSettings sampling_settings(const RolloutConfig& config, int samples,
                                   const Tokenizer& tokenizer);
EngineLimits engine_limits(const RolloutConfig& config, int64_t max_positions);

}  // namespace r1
