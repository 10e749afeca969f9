#include "stages/epochs.h"

#include <algorithm>
#include <cmath>

#include "libr1/core/error.h"
#include "libr1/core/log.h"

namespace r1 {

Epochs epochs_of(int64_t examples, double epochs, int64_t batch) {
  constexpr double kMostSteps = 1e12;
  batch = std::min(batch, examples);
  // 1.1 epochs of 100 examples are 110, not what doubles make of it.
  constexpr double kRounding = 1 - 1e-12;
  const double steps =
      std::ceil(static_cast<double>(examples) * epochs / static_cast<double>(batch) * kRounding);
  R1_CHECK_INPUT(steps <= kMostSteps, "epochs ", epochs, " of ", examples,
                 " examples are more than 10^12 steps; expected fewer epochs");
  return {batch, std::max<int64_t>(1, std::llround(steps))};
}

Epochs epochs_to_train(int64_t examples, double epochs, int64_t batch) {
  const Epochs all = epochs_of(examples, epochs, batch);
  if (all.batch < batch)
    log_warning("batch is ", batch, ", there are ", examples,
                " examples: a step takes each of them once");
  return all;
}

}  // namespace r1
