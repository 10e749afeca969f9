// metrics.jsonl: one JSON object a step, for tools; beside it the same numbers as an event file for
// TensorBoard. Written by rank 0.
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
  explicit MetricsLog(std::string path);

  // Drops lines of later steps, which a killed run wrote and a resumed one writes again. The event
  // file is made anew from the lines kept, with the times it had.
  void keep_until(int64_t step);
  // Appends {"step": step, ...}; NaN and infinity become null. A line is there whole or not at all.
  // The event file gets one record: null as NaN, no texts.
  void write(int64_t step, const Metrics& metrics);

 private:
  std::string path_;
  std::string events_path_;  // events.out.tfevents.r1 in the same folder
};

}  // namespace r1
