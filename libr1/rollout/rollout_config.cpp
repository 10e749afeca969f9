#include "libr1/rollout/rollout_config.h"

#include <algorithm>

#include "libr1/core/error.h"

namespace r1 {

void RolloutConfig::check() const {
  for (const std::string& text : stop)
    R1_CHECK_INPUT(!text.empty(), "stop has an empty text, which would end every response at once");
}

SamplingSettings sampling_settings(const RolloutConfig& config, int samples,
                                   const Tokenizer& tokenizer) {
  SamplingSettings settings;
  settings.num_samples = samples;
  settings.max_new_tokens = config.max_new_tokens;
  settings.rule.temperature = static_cast<float>(config.temperature);
  settings.rule.top_p = static_cast<float>(config.top_p);
  settings.rule.top_k = config.top_k;
  settings.rule.min_p = static_cast<float>(config.min_p);
  if (tokenizer.eos_id() >= 0) settings.stop_tokens = {tokenizer.eos_id()};
  settings.stop_strings = config.stop;
  return settings;
}

EngineLimits engine_limits(const RolloutConfig& config, int64_t max_positions) {
  return {config.max_sequences, config.cache_tokens,
          std::max(config.max_round_tokens, config.max_sequences), max_positions};
}

}  // namespace r1
