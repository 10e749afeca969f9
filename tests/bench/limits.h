// What this machine can do at most, measured; every other figure is given as a share of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "libr1/core/types.h"

namespace r1::bench {

struct Limits {
  double f32_flops = 0;         // multiply-adds count two
  double bf16_flops = 0;        // with f32 sums
  double read_bytes_per_s = 0;  // from DRAM

  double flops(Dtype dtype) const { return dtype == Dtype::kBf16 ? bf16_flops : f32_flops; }
};
Limits measure_limits(Stream stream, int threads);

template <class Body>
double seconds(Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Median of repetitions for about half a second, at least three, after one to warm up.
template <class Body>
double median_seconds(Body body) {
  body();
  std::vector<double> times;
  double total = 0;
  while (times.size() < 3 || (total < 0.5 && times.size() < 200)) {
    times.push_back(seconds(body));
    total += times.back();
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace r1::bench
