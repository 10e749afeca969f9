// metrics.jsonl as curves, sorted into the charts of the report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace r1 {

struct CurvePoint {
  int64_t step = 0;
  double value = 0;  // NaN for null
  std::string text;  // the number as it is in the file
};

struct Curve {
  std::string name;
  std::vector<CurvePoint> points;  // in the file's order
};

// One curve for each name that has numbers or nulls, in order of appearance; texts are left out.
// Fault::kInput naming file and line for what is not a JSON object with an integer "step".
std::vector<Curve> read_curves(const std::string& path);

struct CurveGroup {
  std::string title;
  std::vector<Curve> curves;
};

// Curves by subject, in the order of the report; the group that fits no subject is last and has an
// empty title. No group is empty.
std::vector<CurveGroup> group_curves(std::vector<Curve> curves);

}  // namespace r1
