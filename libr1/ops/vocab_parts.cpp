#include "libr1/ops/vocab_parts.h"

#include <algorithm>
#include <cmath>

namespace r1::ops {

RowLogprob join_row(const std::vector<std::vector<double>>& parts, size_t row, size_t rows) {
  const auto of = [&](const std::vector<double>& part, size_t kind) {
    return part[kind * rows + row];
  };
  double top = -INFINITY, sum = 0, target = 0;
  for (const auto& part : parts) top = std::max(top, of(part, 0));
  for (const auto& part : parts) {
    sum += std::exp(of(part, 0) - top);
    target += of(part, 2);
  }
  RowLogprob result;
  result.lse = top + std::log(sum);
  result.logprob = target - result.lse;
  for (const auto& part : parts) {
    const double share = std::exp(of(part, 0) - result.lse);
    if (share > 0) result.entropy += share * (of(part, 1) + result.lse - of(part, 0));
  }
  return result;
}

}  // namespace r1::ops
