#include "stages/tools/inspect_overlap.h"

#include <sstream>

#include "libr1/data/overlap.h"
#include "stages/tools/inspect.h"

namespace r1 {
namespace {

constexpr int64_t kShownExamples = 5;
constexpr size_t kShownOverlap = 200;

}  // namespace

std::string inspect_overlap(const std::string& dataset, const std::string& other, int n) {
  const Overlap overlap = find_overlap(dataset, other, n, kShownExamples);
  std::ostringstream out;
  const double share = overlap.rows == 0 ? 0
                                         : 100.0 * static_cast<double>(overlap.overlapping) /
                                               static_cast<double>(overlap.rows);
  out << overlap.overlapping << " of " << overlap.rows << " rows (" << share << "%) of " << dataset
      << " share " << n << " words on end with one of " << overlap.other_rows << " rows of "
      << other << "\n";
  for (const OverlapExample& example : overlap.examples)
    out << "row " << example.row << ": " << shortened(example.text, kShownOverlap) << "\n  as row "
        << example.other_row << ": " << shortened(example.other_text, kShownOverlap) << "\n";
  return out.str();
}

}  // namespace r1
