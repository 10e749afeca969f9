// R1-Zero: reinforcement learning on verifiable questions alone, from a base model (DeepSeek-R1,
// section 2).
#pragma once

#include "stages/reinforcement.h"

namespace r1 {

struct ZeroSettings : ReinforcementSettings {
  static constexpr const char* kStage = "r1-zero";
};

}  // namespace r1
