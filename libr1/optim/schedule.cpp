#include "libr1/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace r1 {

std::span<const EnumName<Decay>> enum_names(Decay) {
  static constexpr EnumName<Decay> kNames[] = {
      {Decay::kConstant, "constant"}, {Decay::kLinear, "linear"}, {Decay::kCosine, "cosine"}};
  return kNames;
}

ScheduleConfig over_steps(ScheduleConfig schedule, int64_t steps) {
  if (schedule.total_steps == 0) schedule.total_steps = steps;
  return schedule;
}

double learning_rate(const ScheduleConfig& s, int64_t step) {
  if (step <= s.warmup_steps)
    return s.lr * static_cast<double>(step) / static_cast<double>(s.warmup_steps);
  if (s.decay == Decay::kConstant) return s.lr;
  const auto span = static_cast<double>(std::max<int64_t>(1, s.total_steps - s.warmup_steps));
  const double progress = std::min(1.0, static_cast<double>(step - s.warmup_steps) / span);
  const double shape =
      s.decay == Decay::kLinear ? 1 - progress : 0.5 * (1 + std::cos(std::numbers::pi * progress));
  return s.lr * (s.final_fraction + (1 - s.final_fraction) * shape);
}

}  // namespace r1
