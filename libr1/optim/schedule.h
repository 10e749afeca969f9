// The learning rate over a run: warm-up, then constant, linear or cosine decay.
#pragma once

#include <cstdint>

#include "libr1/config/field.h"

namespace r1 {

enum class Decay { kConstant, kLinear, kCosine };
std::span<const EnumName<Decay>> enum_names(Decay);

struct ScheduleConfig {
  double lr = 3e-6;
  int64_t warmup_steps = 0;
  Decay decay = Decay::kConstant;
  int64_t total_steps = 0;
  double final_fraction = 0.1;

  template <class Visitor>
  void visit(Visitor& v) {
    v.field("lr", lr, "peak learning rate (paper: RL 3e-6, SFT 5e-5, reward models 6e-6)",
            at_least(0));
    v.field("warmup_steps", warmup_steps, "optimizer steps of linear warm-up", at_least(0));
    v.field("decay", decay, "shape after the warm-up (paper: SFT cosine)");
    v.field("total_steps", total_steps,
            "optimizer steps until the final rate; 0: all of the stage; unused when constant",
            at_least(0));
    v.field("final_fraction", final_fraction, "of the peak at total_steps and after (paper: 0.1)",
            between(0, 1));
  }
};

// The same in a stage of so many optimizer steps: total_steps 0 becomes that.
ScheduleConfig over_steps(ScheduleConfig schedule, int64_t steps);

// The rate of optimizer step `step`, counted from 1.
double learning_rate(const ScheduleConfig& schedule, int64_t step);

}  // namespace r1
