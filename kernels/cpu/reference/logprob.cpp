#include "kernels/logprob.h"

#include <algorithm>
#include <cmath>

namespace r1::kernels {

template <>
void logprob_forward<Device::kCpu, double>(const LogprobShape& shape, const double* logits,
                                           const int32_t* targets, double* logprob, double* lse,
                                           double* entropy, Stream) {
  for (int64_t r = 0; r < shape.rows; ++r) {
    const double* row = logits + r * shape.row_stride();
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
    const int64_t target = shape.column_of(targets[r]);
    const double of_target = target < 0 ? 0 : row[target] * shape.inverse_temperature;
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
    const double* row = logits + r * shape.row_stride();
    for (int64_t j = 0; j < shape.vocab; ++j) {
      const double p = std::exp(row[j] * shape.inverse_temperature - lse[r]);
      dlogits[r * shape.vocab + j] =
          coefficient * ((j == shape.column_of(targets[r]) ? 1.0 : 0.0) - p);
    }
  }
}

}  // namespace r1::kernels
