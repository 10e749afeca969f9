// Curves drawn by gnuplot as SVG elements that go into an HTML page.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace r1 {

struct Plot {
  // Lines of (x, y); a NaN is a gap.
  std::vector<std::vector<std::pair<double, double>>> lines;
};

// One <svg> a plot; empty for a plot without a finite value. Every id in them begins with
// `id_prefix` and the plot's number. Fault::kInput when gnuplot is not installed, Fault::kRun when
// it fails.
std::vector<std::string> draw_plots(const std::vector<Plot>& plots, const std::string& id_prefix);

// Of a plot's i-th line, as "#rrggbb"; told apart by colour-blind readers, then repeated.
const char* line_color(size_t i);

}  // namespace r1
