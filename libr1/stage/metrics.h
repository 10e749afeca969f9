// metrics.jsonl: one JSON object a step, for tools. Written by rank 0.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace r1 {

using MetricValue = std::variant<double, int64_t, std::string>;
using Metrics = std::vector<std::pair<std::string, MetricValue>>;

class MetricsLog {
 public:
  // An empty path writes nothing.
  explicit MetricsLog(std::string path) : path_(std::move(path)) {}

  // Drops lines of later steps, which a killed run wrote and a resumed one writes again.
  void keep_until(int64_t step);
  // Appends {"step": step, ...}; NaN and infinity become null. A line is there whole or not at all.
  void write(int64_t step, const Metrics& metrics);

 private:
  std::string path_;
};

}  // namespace r1
