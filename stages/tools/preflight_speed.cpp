#include "stages/tools/preflight_speed.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "libr1/core/clock.h"
#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr double kMaxClockSkew_s = 1;

// The least of several times: what the node can do when nothing else runs beside.
template <class Body>
double best_time(int repetitions, const Body& body) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repetitions; ++i) {
    const auto start = Clock::now();
    body();
    best = std::min(best, seconds_since(start));
  }
  return best;
}

double arithmetic_time() {
  return best_time(10, [] {
    double x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int i = 0; i < 5'000'000; ++i)
      for (double& value : x) value = std::fma(value, 0.999999, 1e-6);
    volatile double sink = x[0] + x[7];
    (void)sink;
  });
}

constexpr size_t kMemoryFloats = 16 << 20;  // 64 MiB, read and written: beyond caches

double memory_time() {
  std::vector<float> from(kMemoryFloats, 1.0f), to(kMemoryFloats, 2.0f);
  return best_time(5, [&] {
    for (size_t i = 0; i < kMemoryFloats; ++i) to[i] = from[i] + 0.5f * to[i];
    volatile float sink = to[kMemoryFloats / 2];
    (void)sink;
  });
}

std::vector<double> gather(double mine, ProcessGroup& world, const char* what) {
  std::vector<double> values(static_cast<size_t>(world.size()), 0);
  values[static_cast<size_t>(world.rank())] = mine;
  world.all_reduce_sum(values, what);
  return values;
}

double median(std::vector<double> values) {
  const size_t middle = (values.size() - 1) / 2;
  std::ranges::nth_element(values, values.begin() + static_cast<int64_t>(middle));
  return values[middle];
}

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

std::vector<Problem> slow_nodes(const std::vector<std::string>& nodes,
                                const std::vector<double>& seconds, double factor,
                                const std::string& what) {
  const double usual = median(seconds);
  std::vector<Problem> problems;
  for (size_t r = 0; r < seconds.size(); ++r) {
    const bool named = std::ranges::any_of(
        problems, [&](const Problem& problem) { return problem.node == nodes[r]; });
    if (seconds[r] > factor * usual && !named)
      problems.push_back(
          {nodes[r], concat(what, " take ", rounded(1e3 * seconds[r]), " ms there (rank ", r,
                            "), the median is ", rounded(1e3 * usual), " ms")});
  }
  return problems;
}

std::vector<Check> check_speed(double slow_factor, const std::vector<std::string>& nodes,
                               ProcessGroup& world) {
  world.barrier("begin to time arithmetic");
  const auto arithmetic = gather(arithmetic_time(), world, "time arithmetic");
  world.barrier("begin to time memory");
  const auto memory = gather(memory_time(), world, "time memory");
  const double gigabytes = 3.0 * sizeof(float) * kMemoryFloats / 1e9;
  const auto [low, high] = std::ranges::minmax(arithmetic);
  const auto [fastest, slowest] = std::ranges::minmax(memory);
  return {{"arithmetic", concat(rounded(1e3 * low), " to ", rounded(1e3 * high), " ms a rank"),
           slow_nodes(nodes, arithmetic, slow_factor, "40 million multiply-adds")},
          {"memory",
           concat(rounded(gigabytes / slowest), " to ", rounded(gigabytes / fastest),
                  " GB/s a rank, one thread"),
           slow_nodes(nodes, memory, slow_factor, "passes over 128 MiB")}};
}

Check check_all_reduce(const std::vector<std::string>& nodes, ProcessGroup& world) {
  const int64_t ranks = world.size();
  const int64_t slice = (4 << 20) / ranks, count = slice * ranks;  // 16 MiB
  Tensor bucket({count}, Dtype::kF32), mine({slice}, Dtype::kF32);
  float* values = bucket.view().data<float>();
  double best = std::numeric_limits<double>::infinity();
  bool right = true;
  for (int repetition = 0; repetition < 3; ++repetition) {
    for (int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(i % 97 + world.rank());
    world.barrier("begin to time an all-reduce");
    best = std::min(best, best_time(1, [&] {
                      world.start_reduce_scatter(bucket.view(), mine.view(), "all-reduce")->wait();
                      world.start_all_gather(mine.view(), bucket.view(), "all-reduce")->wait();
                    }));
    for (int64_t i = 0; i < count; ++i)
      right = right && values[i] == static_cast<float>(i % 97 * ranks + ranks * (ranks - 1) / 2);
  }
  const auto times = gather(best, world, "time an all-reduce");
  const auto results = gather(right, world, "check an all-reduce");
  Check check{.name = "all-reduce"};
  for (size_t r = 0; r < results.size(); ++r)
    if (results[r] == 0)
      check.problems.push_back({nodes[r], "the sum over all ranks is wrong there"});
  const double moved = 2.0 * static_cast<double>(ranks - 1) / static_cast<double>(ranks) *
                       static_cast<double>(count * 4) / 1e9;
  check.summary = concat("16 MiB: every element right, ", rounded(moved / median(times)),
                         " GB/s a rank (bytes that must move, by time)");
  return check;
}

Check check_clocks(const std::vector<std::string>& nodes, ProcessGroup& world) {
  std::vector<double> skew(nodes.size(), std::numeric_limits<double>::infinity());
  for (int repetition = 0; repetition < 5; ++repetition) {
    world.barrier("compare clocks");
    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto clocks = gather(now, world, "compare clocks");
    const double most = median(clocks);  // rank 0's may be the wrong one
    for (size_t r = 0; r < skew.size(); ++r)
      skew[r] = std::min(skew[r], std::abs(clocks[r] - most));
  }
  Check check{.name = "clocks"};
  for (size_t r = 0; r < skew.size(); ++r)
    if (skew[r] > kMaxClockSkew_s)
      check.problems.push_back(
          {nodes[r], concat("its clock is ", rounded(skew[r]), " s from the others'")});
  check.summary = concat("within ", rounded(1e3 * std::ranges::max(skew)), " ms of their median");
  return check;
}

}  // namespace r1
