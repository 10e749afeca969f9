// The first reinforcement learning of R1, from the cold-start model: accuracy, format and language
// consistency (DeepSeek-R1, section 3; Nature 645, Methods).
#pragma once

#include "stages/reinforcement.h"

namespace r1 {

struct ReasoningSettings : ReinforcementSettings {
  static constexpr const char* kStage = "r1-reasoning-rl";
  ReasoningSettings() {
    base = "{run}/r1-cold-start";
    grpo.clip_epsilon = 10;
    reward.language_weight = 1;
  }
};

}  // namespace r1
