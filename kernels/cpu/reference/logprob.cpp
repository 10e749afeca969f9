#include "kernels/logprob.h"

#include <algorithm>
#include <cmath>

namespace r1::kernels {

template <>
void logprob_forward<Device::kCpu, double>(const LogprobShape& shape, const double* logits,
                                           const int32_t* targets, double* logprob, double* lse,
                                           double* entropy, Stream) {
  for (int64_t r = 0; r < shape.rows; ++r) {
    const double* row = logits + r * shape.vocab;
    const double top = *std::max_element(row, row + shape.vocab) * shape.inverse_temperature;
    double sum = 0;
    double weighted = 0;
    for (int64_t j = 0; j < shape.vocab; ++j) {
      const double d = row[j] * shape.inverse_temperature - top;
      const double e = std::exp(d);
      sum += e;
      if (e > 0) weighted += d * e;
    }
    lse[r] = top + std::log(sum);
    const double of_target = targets[r] < 0 ? 0 : row[targets[r]] * shape.inverse_temperature;
    logprob[r] = of_target - top - std::log(sum);
    if (entropy) entropy[r] = std::log(sum) - weighted / sum;
  }
}

template <>
void logprob_backward<Device::kCpu, double>(const LogprobShape& shape, const double* logits,
                                            const int32_t* targets, const double* lse,
                                            const double* dlogprob, double* dlogits, Stream) {
  for (int64_t r = 0; r < shape.rows; ++r) {
    const double coefficient = shape.inverse_temperature * dlogprob[r];
    for (int64_t j = 0; j < shape.vocab; ++j) {
      const int64_t at = r * shape.vocab + j;
      const double p = std::exp(logits[at] * shape.inverse_temperature - lse[r]);
      dlogits[at] = coefficient * ((j == targets[r] ? 1.0 : 0.0) - p);
    }
  }
}

}  // namespace r1::kernels
