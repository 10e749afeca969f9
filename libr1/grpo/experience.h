// What a rollout leaves for training: samples with their rewards, spread over ranks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libr1/rollout/sample.h"

namespace r1 {

struct ScoredSample {
  Sample sample;
  double reward = 0;
  bool counted = true;  // false: unverifiable, leaves its group
};

// Facts of a sample that every rank knows.
struct SampleFacts {
  int64_t question = 0;
  int32_t index = 0;   // within the group
  int64_t length = 0;  // prompt and response, tokens
  int64_t response_length = 0;
  double reward = 0;
  bool counted = true;
  bool truncated = false;
};

// As bytes, for ranks of the same kind of machine.
std::string pack_samples(const std::vector<const ScoredSample*>& samples);
std::vector<ScoredSample> unpack_samples(std::string_view bytes);
std::string pack_facts(const std::vector<ScoredSample>& samples);
std::vector<SampleFacts> unpack_facts(std::string_view bytes);

}  // namespace r1
