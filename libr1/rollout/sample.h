// What a rollout asks for and what it gives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/sampling.h"

namespace r1 {

struct RolloutRequest {
  int64_t question = 0;         // its index in the step: part of the random numbers' coordinates
  std::vector<int32_t> prompt;  // token ids, at least one
};

enum class FinishReason : uint8_t {
  kStopToken,   // the last token is a stop token
  kStopString,  // the text contains a stop string
  kLength,      // max_new_tokens reached, or the model's longest sequence
  kInterrupted  // by who watched the tokens (Engine::OnToken)
};

struct Sample {
  int64_t question = 0;
  int32_t sample = 0;  // 0 .. G - 1
  FinishReason reason = FinishReason::kLength;
  std::vector<int32_t> prompt;
  std::vector<int32_t> tokens;  // the response, stop token included
  std::vector<float> logprobs;  // of each token under the whole distribution at the temperature
};

struct SamplingSettings {
  int32_t num_samples = 16;  // G
  int64_t max_new_tokens = 1024;
  kernels::SamplingRule rule;
  std::vector<int32_t> stop_tokens;
  std::vector<std::string> stop_strings;

  // Log-probabilities are taken at the sampling temperature, so that they are those of the policy
  // that is trained; greedy decoding reports them at temperature 1.
  double inverse_temperature() const {
    return rule.temperature > 0 ? 1.0 / static_cast<double>(rule.temperature) : 1.0;
  }
};

}  // namespace r1
